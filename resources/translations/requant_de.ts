<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Export</name>
    <message>
        <source>Written to %1: %2.</source>
        <translation>Nach %1 geschrieben: %2.</translation>
    </message>
    <message>
        <source>Read back and equal in every field, </source>
        <translation>Zurückgelesen und in jedem Feld gleich, </translation>
    </message>
    <message>
        <source>Read back, but different: %1; </source>
        <translation>Zurückgelesen, aber anders: %1; </translation>
    </message>
    <message>
        <source>, byte-equal to the simulation on %1</source>
        <translation>, bytegleich mit der Simulation auf %1</translation>
    </message>
    <message>
        <source>Read back, but different: %1.</source>
        <translation>Zurückgelesen, aber anders: %1.</translation>
    </message>
    <message>
        <source>Write %1</source>
        <translation>%1 schreiben</translation>
    </message>
    <message>
        <source>Read %1 back</source>
        <translation>%1 zurücklesen</translation>
    </message>
    <message>
        <source>every field is what was meant</source>
        <translation>jedes Feld ist wie gemeint</translation>
    </message>
    <message>
        <source>Verify the runtime&apos;s rules</source>
        <translation>Regeln der Laufzeitumgebung prüfen</translation>
    </message>
    <message>
        <source>Simulate the written file</source>
        <translation>Geschriebene Datei simulieren</translation>
    </message>
    <message>
        <source>outputs byte-equal on %1</source>
        <translation>Ausgaben bytegleich auf %1</translation>
    </message>
    <message>
        <source>Read the array back from %1</source>
        <translation>Feld aus %1 zurücklesen</translation>
    </message>
    <message>
        <source>byte-equal to the model, %1</source>
        <translation>bytegleich mit dem Modell, %1</translation>
    </message>
    <message>
        <source>equal</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>%1…</source>
        <translation>%1…</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1: not done, %2</source>
        <translation>%1: nicht ausgeführt, %2</translation>
    </message>
    <message>
        <source>Operators</source>
        <translation>Operatoren</translation>
    </message>
    <message>
        <source>%1 at inputs and outputs</source>
        <translation>%1 an Ein- und Ausgängen</translation>
    </message>
    <message>
        <source>Inserted</source>
        <translation>Eingefügt</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Weggelassen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>%1 of constants (source: %2)</source>
        <translation>%1 Konstanten (Quelle: %2)</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Filters</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation>Eingänge</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>Ausgänge</translation>
    </message>
    <message>
        <source>Adjusted</source>
        <translation>Angepasst</translation>
    </message>
    <message>
        <source>%1 not granted as asked</source>
        <translation>%1 nicht wie verlangt erfüllt</translation>
    </message>
</context>
<context>
    <name>Family</name>
    <message>
        <source>Convolution</source>
        <translation>Faltung</translation>
    </message>
    <message>
        <source>Depthwise convolution</source>
        <translation>Tiefenweise Faltung</translation>
    </message>
    <message>
        <source>Matrix product</source>
        <translation>Matrixprodukt</translation>
    </message>
    <message>
        <source>Elementwise</source>
        <translation>Elementweise</translation>
    </message>
    <message>
        <source>Pooling, reduction</source>
        <translation>Pooling, Reduktion</translation>
    </message>
    <message>
        <source>Shape, data movement</source>
        <translation>Form, Datentransport</translation>
    </message>
    <message>
        <source>Activation function</source>
        <translation>Aktivierungsfunktion</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>Quantisierung</translation>
    </message>
    <message>
        <source>Recurrent</source>
        <translation>Rekurrent</translation>
    </message>
    <message>
        <source>Control and other</source>
        <translation>Steuerung und anderes</translation>
    </message>
</context>
<context>
    <name>GraphView</name>
    <message>
        <source>Graph</source>
        <translation>Graph</translation>
    </message>
</context>
<context>
    <name>Samples</name>
    <message>
        <source>Pixels 0 to 255 stand for %1 to %2: (pixel − %3) / %4, as the input&apos;s quantization says.</source>
        <translation>Pixel 0 bis 255 stehen für %1 bis %2: (Pixel − %3) / %4, wie die Quantisierung des Eingangs sagt.</translation>
    </message>
    <message>
        <source>Pixels 0 to 255 are taken for %1 to %2: (pixel − %3) / %4; the input does not say otherwise.</source>
        <translation>Pixel 0 bis 255 gelten als %1 bis %2: (Pixel − %3) / %4; der Eingang sagt nichts anderes.</translation>
    </message>
    <message>
        <source>They are the input&apos;s integers themselves.</source>
        <translation>Sie sind selbst die ganzen Zahlen des Eingangs.</translation>
    </message>
    <message>
        <source>The input&apos;s integers are the pixels minus 128.</source>
        <translation>Die ganzen Zahlen des Eingangs sind die Pixel minus 128.</translation>
    </message>
    <message>
        <source>real values %1 to %2, mean %3</source>
        <translation>reelle Werte %1 bis %2, Mittel %3</translation>
    </message>
</context>
<context>
    <name>charts</name>
    <message>
        <source>Save table</source>
        <translation>Tabelle speichern</translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation>Bild speichern</translation>
    </message>
    <message>
        <source>Not saved</source>
        <translation>Nicht gespeichert</translation>
    </message>
</context>
<context>
    <name>core</name>
    <message>
        <source>%1 bytes after the model are kept as they are (%2)</source>
        <translation>%1 Byte hinter dem Modell bleiben unverändert (%2)</translation>
    </message>
    <message>
        <source>%1 bytes are no whole number of samples of %2 bytes (%3)</source>
        <translation>%1 Byte sind keine ganze Zahl von Beispielen zu %2 Byte (%3)</translation>
    </message>
    <message>
        <source>%1 cannot be re-quantized: %2</source>
        <translation>%1 kann nicht umquantisiert werden: %2</translation>
    </message>
    <message>
        <source>%1 cannot be stored: %2</source>
        <translation>%1 kann nicht gespeichert werden: %2</translation>
    </message>
    <message>
        <source>%1 has %2 bytes of data, but its shape %3 and type %4 need %5</source>
        <translation>%1 hat %2 Byte Daten, aber seine Form %3 und sein Typ %4 brauchen %5</translation>
    </message>
    <message>
        <source>%1 has %2 scales, but dimension %3 of shape %4 has %5 entries</source>
        <translation>%1 hat %2 Skalierungen, aber Dimension %3 der Form %4 hat %5 Einträge</translation>
    </message>
    <message>
        <source>%1 has %2 zero points for %3 scales</source>
        <translation>%1 hat %2 Nullpunkte für %3 Skalierungen</translation>
    </message>
    <message>
        <source>%1 has a fixed output grid (scale %2, zero point %3); a requantize operator moves it to what was asked for: policy &apos;requantize&apos;</source>
        <translation>%1 hat ein festes Ausgangsraster (Skalierung %2, Nullpunkt %3); ein Requantize-Operator bringt es auf das verlangte: Einstellung &apos;requantize&apos;</translation>
    </message>
    <message>
        <source>%1 has a scale and no zero point; 0 is assumed</source>
        <translation>%1 hat eine Skalierung und keinen Nullpunkt; 0 wird angenommen</translation>
    </message>
    <message>
        <source>%1 has one dimension and said that it is quantized along dimension %2, which today&apos;s TFLite refuses: repaired to 0</source>
        <translation>%1 hat eine Dimension und gab an, entlang Dimension %2 quantisiert zu sein, was das heutige TFLite ablehnt: auf 0 berichtigt</translation>
    </message>
    <message>
        <source>%1 has quantized dimension %2 but rank %3; today&apos;s TFLite refuses such a model</source>
        <translation>%1 hat die quantisierte Dimension %2, aber Rang %3; das heutige TFLite lehnt ein solches Modell ab</translation>
    </message>
    <message>
        <source>%1 has quantized dimension %2 but rank 1; read as 0, but today&apos;s TFLite refuses such a model</source>
        <translation>%1 hat die quantisierte Dimension %2, aber Rang 1; als 0 gelesen, aber das heutige TFLite lehnt ein solches Modell ab</translation>
    </message>
    <message>
        <source>%1 has the scale %2</source>
        <translation>%1 hat die Skalierung %2</translation>
    </message>
    <message>
        <source>%1 has the value %2, which %3 does not have; kept as it is</source>
        <translation>%1 hat den Wert %2, den %3 nicht hat; unverändert gelassen</translation>
    </message>
    <message>
        <source>%1 has the zero point %2, which %3 cannot hold</source>
        <translation>%1 hat den Nullpunkt %2, den %3 nicht fasst</translation>
    </message>
    <message>
        <source>%1 is %2, but there are only %3</source>
        <translation>%1 ist %2, aber es gibt nur %3</translation>
    </message>
    <message>
        <source>%1 is %2, which is not a possible shape</source>
        <translation>%1 ist %2, was keine mögliche Form ist</translation>
    </message>
    <message>
        <source>%1 is left as it is: its quantization rules are not known</source>
        <translation>%1 bleibt, wie es ist: seine Quantisierungsregeln sind nicht bekannt</translation>
    </message>
    <message>
        <source>%1 is missing</source>
        <translation>%1 fehlt</translation>
    </message>
    <message>
        <source>%1 is newer than the schema that Requant knows; it is not shown and would be lost on writing</source>
        <translation>%1 ist neuer als das Schema, das Requant kennt; es wird nicht gezeigt und ginge beim Schreiben verloren</translation>
    </message>
    <message>
        <source>%1 is read by operator %2 before operator %3 writes it</source>
        <translation>%1 wird von Operator %2 gelesen, bevor Operator %3 es schreibt</translation>
    </message>
    <message>
        <source>%1 is variable and has constant data</source>
        <translation>%1 ist veränderlich und hat konstante Daten</translation>
    </message>
    <message>
        <source>%1 is written by operators %2 and %3</source>
        <translation>%1 wird von den Operatoren %2 und %3 geschrieben</translation>
    </message>
    <message>
        <source>%1 keeps its data in another file (%2), which is not read</source>
        <translation>%1 hat seine Daten in einer anderen Datei (%2), die nicht gelesen wird</translation>
    </message>
    <message>
        <source>%1 keeps its fixed output grid (scale %2, zero point %3) although %4 was asked for: policy &apos;keep&apos;</source>
        <translation>%1 behält sein festes Ausgangsraster (Skalierung %2, Nullpunkt %3), obwohl %4 verlangt war: Einstellung &apos;keep&apos;</translation>
    </message>
    <message>
        <source>%1 names the options %2 but has none</source>
        <translation>%1 nennt die Optionen %2, hat aber keine</translation>
    </message>
    <message>
        <source>%1 of %2 activations are lossless: their integers only move by 128 (uint8 &lt;-&gt; int8)</source>
        <translation>%1 von %2 Aktivierungen sind verlustfrei: ihre ganzen Zahlen verschieben sich nur um 128 (uint8 &lt;-&gt; int8)</translation>
    </message>
    <message>
        <source>%1 of %2 layers have a multiplier that is not a power of two, so no shift can replace it; one is %3</source>
        <translation>%1 von %2 Schichten haben einen Multiplikator, der keine Zweierpotenz ist, sodass kein Schieben ihn ersetzen kann; eine ist %3</translation>
    </message>
    <message>
        <source>%1 of %2 layers have biases of more than %3 bits; the widest has %4, in %5</source>
        <translation>%1 von %2 Schichten haben Biase von mehr als %3 Bit; der breiteste hat %4, in %5</translation>
    </message>
    <message>
        <source>%1 of %2 layers need an output shift outside of %3..%4; the farthest is %5 in %6</source>
        <translation>%1 von %2 Schichten brauchen ein Schieben des Ausgangs außerhalb von %3..%4; das weiteste ist %5 in %6</translation>
    </message>
    <message>
        <source>%1 of %2 sums of %3 left their accumulator (%4)</source>
        <translation>%1 von %2 Summen von %3 verließen ihren Akkumulator (%4)</translation>
    </message>
    <message>
        <source>%1 of the biases of %2 do not fit %3 bits and were %4</source>
        <translation>%1 der Biase von %2 passen nicht in %3 Bit und wurden %4</translation>
    </message>
    <message>
        <source>%1</source>
        <translation>%1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1, %2: %3 has no %4 bits</source>
        <translation>%1, %2: %3 hat keine %4 Bit</translation>
    </message>
    <message>
        <source>%1, %2: %3 is no version; the first one is 1</source>
        <translation>%1, %2: %3 ist keine Version; die erste ist 1</translation>
    </message>
    <message>
        <source>%1, %2: %3 is not between %4 and %5</source>
        <translation>%1, %2: %3 liegt nicht zwischen %4 und %5</translation>
    </message>
    <message>
        <source>%1, %2: &quot;%3&quot; is no regular expression: %4</source>
        <translation>%1, %2: &quot;%3&quot; ist kein regulärer Ausdruck: %4</translation>
    </message>
    <message>
        <source>%1, %2: &quot;%3&quot; is none of %4</source>
        <translation>%1, %2: &quot;%3&quot; ist nicht aus %4</translation>
    </message>
    <message>
        <source>%1, %2: a power-of-two multiplier is had by choosing the weights&apos; scale; activations take any or power-of-two</source>
        <translation>%1, %2: einen Multiplikator als Zweierpotenz ergibt die Wahl der Gewichtsskalierung; Aktivierungen nehmen any oder power-of-two</translation>
    </message>
    <message>
        <source>%1, %2: activations cannot be per-channel; only weights can</source>
        <translation>%1, %2: Aktivierungen können nicht pro Kanal sein; nur Gewichte können es</translation>
    </message>
    <message>
        <source>%1, %2: expected %3, found %4</source>
        <translation>%1, %2: erwartet %3, gefunden %4</translation>
    </message>
    <message>
        <source>%1, %2: expected two integers [first, last]</source>
        <translation>%1, %2: zwei ganze Zahlen erwartet [erste, letzte]</translation>
    </message>
    <message>
        <source>%1, %2: must not be empty</source>
        <translation>%1, %2: darf nicht leer sein</translation>
    </message>
    <message>
        <source>%1, %2: only weights can have fewer bits; kernels saturate activations at the ends of their type</source>
        <translation>%1, %2: nur Gewichte können weniger Bits haben; Kernel sättigen Aktivierungen an den Enden ihres Typs</translation>
    </message>
    <message>
        <source>%1, %2: the key is given twice</source>
        <translation>%1, %2: der Schlüssel kommt zweimal vor</translation>
    </message>
    <message>
        <source>%1, %2: the key is missing</source>
        <translation>%1, %2: der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>%1, %2: the range [%3, %4] ends before it begins</source>
        <translation>%1, %2: der Bereich [%3, %4] endet vor seinem Anfang</translation>
    </message>
    <message>
        <source>%1, %2: there is no operator &quot;%3&quot;</source>
        <translation>%1, %2: es gibt keinen Operator &quot;%3&quot;</translation>
    </message>
    <message>
        <source>%1, %2: unknown key; known here: %3</source>
        <translation>%1, %2: unbekannter Schlüssel; hier bekannt: %3</translation>
    </message>
    <message>
        <source>%1, %2: version %3 is newer than this program, which reads up to version %4</source>
        <translation>%1, %2: Version %3 ist neuer als dieses Programm, das bis Version %4 liest</translation>
    </message>
    <message>
        <source>%1, %2: weights always have a grid of their own</source>
        <translation>%1, %2: Gewichte haben immer ein eigenes Raster</translation>
    </message>
    <message>
        <source>%1: %2 of %3 biases have more than %4 bits: its weights are kept as they are</source>
        <translation>%1: %2 von %3 Biasen haben mehr als %4 Bit: die Gewichte bleiben unverändert</translation>
    </message>
    <message>
        <source>%1: %2 of %3 biases were cut to %4 bits: weights coarse enough to make room would cost more</source>
        <translation>%1: %2 von %3 Biasen wurden auf %4 Bit gekürzt: Gewichte, die grob genug wären, um Platz zu machen, kosteten mehr</translation>
    </message>
    <message>
        <source>%1: %2 reaches past the end of the file (damaged or cut short)</source>
        <translation>%1: %2 reicht über das Ende der Datei hinaus (beschädigt oder abgeschnitten)</translation>
    </message>
    <message>
        <source>%1: %2 weights with %3 activations</source>
        <translation>%1: Gewichte %2 mit Aktivierungen %3</translation>
    </message>
    <message>
        <source>%1: %2; this would be lost on writing</source>
        <translation>%1: %2; das ginge beim Schreiben verloren</translation>
    </message>
    <message>
        <source>%1: &apos;%2&apos; and &apos;%3&apos; must have the same scale and zero point</source>
        <translation>%1: &apos;%2&apos; und &apos;%3&apos; müssen dieselbe Skalierung und denselben Nullpunkt haben</translation>
    </message>
    <message>
        <source>%1: &apos;%2&apos; must have zero point 0</source>
        <translation>%1: &apos;%2&apos; muss den Nullpunkt 0 haben</translation>
    </message>
    <message>
        <source>%1: a bias does not fit into int32 and was clipped</source>
        <translation>%1: ein Bias passt nicht in int32 und wurde abgeschnitten</translation>
    </message>
    <message>
        <source>%1: a bias of type %2 with %3 activations</source>
        <translation>%1: ein Bias vom Typ %2 mit Aktivierungen %3</translation>
    </message>
    <message>
        <source>%1: a scale ratio of %2 lies outside of [%3, %4): %5</source>
        <translation>%1: ein Skalierungsverhältnis von %2 liegt außerhalb von [%3, %4): %5</translation>
    </message>
    <message>
        <source>%1: damaged table (%2)</source>
        <translation>%1: beschädigte Tabelle (%2)</translation>
    </message>
    <message>
        <source>%1: inputs and outputs must have one storage type, but &apos;%2&apos; is %3 and &apos;%4&apos; is %5</source>
        <translation>%1: Ein- und Ausgänge müssen einen Speichertyp haben, aber &apos;%2&apos; ist %3 und &apos;%4&apos; ist %5</translation>
    </message>
    <message>
        <source>%1: its multiplier is no power of two: %2</source>
        <translation>%1: der Multiplikator ist keine Zweierpotenz: %2</translation>
    </message>
    <message>
        <source>%1: its output shift is %2, outside of %3..%4: %5</source>
        <translation>%1: das Schieben des Ausgangs ist %2, außerhalb von %3..%4: %5</translation>
    </message>
    <message>
        <source>%1: nested more than %2 levels deep</source>
        <translation>%1: mehr als %2 Ebenen tief verschachtelt</translation>
    </message>
    <message>
        <source>%1: no kernel for %2 activations</source>
        <translation>%1: kein Kernel für Aktivierungen %2</translation>
    </message>
    <message>
        <source>%1: not valid JSON: %2</source>
        <translation>%1: kein gültiges JSON: %2</translation>
    </message>
    <message>
        <source>%1: operator version %2 is older than %3, which %4 needs</source>
        <translation>%1: Operatorversion %2 ist älter als %3, die %4 braucht</translation>
    </message>
    <message>
        <source>%1: pot_scale_int16 with power-of-two scales takes one input on the output&apos;s scale and the other on no larger one</source>
        <translation>%1: pot_scale_int16 mit Skalierungen als Zweierpotenz nimmt einen Eingang auf der Skalierung des Ausgangs und den anderen auf keiner größeren</translation>
    </message>
    <message>
        <source>%1: the bias must have zero point 0</source>
        <translation>%1: der Bias muss den Nullpunkt 0 haben</translation>
    </message>
    <message>
        <source>%1: the bias scale is not input scale x weight scale</source>
        <translation>%1: die Skalierung des Bias ist nicht Eingangsskalierung x Gewichtsskalierung</translation>
    </message>
    <message>
        <source>%1: the file has more than %2 tables</source>
        <translation>%1: die Datei hat mehr als %2 Tabellen</translation>
    </message>
    <message>
        <source>%1: the file&apos;s parts overlap so much that reading it would take %2 times its size</source>
        <translation>%1: die Teile der Datei überlappen so sehr, dass das Lesen das %2-Fache ihrer Größe bräuchte</translation>
    </message>
    <message>
        <source>%1: the integer is out of range</source>
        <translation>%1: die ganze Zahl liegt außerhalb des Bereichs</translation>
    </message>
    <message>
        <source>%1: the output must have scale %2 and zero point %3</source>
        <translation>%1: der Ausgang muss Skalierung %2 und Nullpunkt %3 haben</translation>
    </message>
    <message>
        <source>%1: the runtime has no QUANTIZE from %2 to %3</source>
        <translation>%1: die Laufzeitumgebung hat kein QUANTIZE von %2 nach %3</translation>
    </message>
    <message>
        <source>%1: weights may not be per-channel along dimension %2</source>
        <translation>%1: Gewichte dürfen nicht pro Kanal entlang Dimension %2 sein</translation>
    </message>
    <message>
        <source>&apos;%1&apos; does not meet the target: %2</source>
        <translation>&apos;%1&apos; entspricht nicht dem Ziel: %2</translation>
    </message>
    <message>
        <source>&apos;%1&apos; has 16 bits inside and 8 bits outside: it is rounded to steps of 256</source>
        <translation>&apos;%1&apos; hat innen 16 Bit und außen 8 Bit: es wird auf Schritte von 256 gerundet</translation>
    </message>
    <message>
        <source>&apos;%1&apos; stays %2: %3</source>
        <translation>&apos;%1&apos; bleibt %2: %3</translation>
    </message>
    <message>
        <source>an NPY array that is not supported: %1</source>
        <translation>ein nicht unterstütztes NPY-Feld: %1</translation>
    </message>
    <message>
        <source>an internal error: %1</source>
        <translation>ein interner Fehler: %1</translation>
    </message>
    <message>
        <source>buffer %1 reaches past the end of the file</source>
        <translation>Puffer %1 reicht über das Ende der Datei hinaus</translation>
    </message>
    <message>
        <source>buffers[0] is not empty; it is kept, but no tensor can use it</source>
        <translation>buffers[0] ist nicht leer; er bleibt, aber kein Tensor kann ihn verwenden</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>cannot open the file: %1</source>
        <translation>kann die Datei nicht öffnen: %1</translation>
    </message>
    <message>
        <source>cannot read the file: %1</source>
        <translation>kann die Datei nicht lesen: %1</translation>
    </message>
    <message>
        <source>cannot read the picture: %1</source>
        <translation>kann das Bild nicht lesen: %1</translation>
    </message>
    <message>
        <source>cannot write the file: %1</source>
        <translation>kann die Datei nicht schreiben: %1</translation>
    </message>
    <message>
        <source>constant %1 (%2) cannot be read as real numbers: %3</source>
        <translation>Konstante %1 (%2) kann nicht als reelle Zahlen gelesen werden: %3</translation>
    </message>
    <message>
        <source>graph input %1 is %2 in the file (channels first); it is taken as %3 (channels last)</source>
        <translation>Eingang %1 des Graphen ist in der Datei %2 (Kanäle zuerst); er wird als %3 genommen (Kanäle zuletzt)</translation>
    </message>
    <message>
        <source>graph input %1 leaves its first dimension open (%2); 1 is taken</source>
        <translation>Eingang %1 des Graphen lässt seine erste Dimension offen (%2); 1 wird genommen</translation>
    </message>
    <message>
        <source>graph input %1: %2</source>
        <translation>Eingang %1 des Graphen: %2</translation>
    </message>
    <message>
        <source>graph output %1 is %2 in the file (channels first); it is given as %3 (channels last)</source>
        <translation>Ausgang %1 des Graphen ist in der Datei %2 (Kanäle zuerst); er wird als %3 gegeben (Kanäle zuletzt)</translation>
    </message>
    <message>
        <source>graph output %1: %2</source>
        <translation>Ausgang %1 des Graphen: %2</translation>
    </message>
    <message>
        <source>labels must be integers, not %1</source>
        <translation>Labels müssen ganze Zahlen sein, nicht %1</translation>
    </message>
    <message>
        <source>labels need a network that gives one score for each class; this one gives %1</source>
        <translation>Labels brauchen ein Netz, das für jede Klasse einen Wert liefert; dieses liefert %1</translation>
    </message>
    <message>
        <source>line %1: %2</source>
        <translation>Zeile %1: %2</translation>
    </message>
    <message>
        <source>lossless: all %1 activations, weights and biases keep their values; integers only move by 128 (uint8 &lt;-&gt; int8)</source>
        <translation>verlustfrei: alle %1 Aktivierungen, Gewichte und Biase behalten ihre Werte; ganze Zahlen verschieben sich nur um 128 (uint8 &lt;-&gt; int8)</translation>
    </message>
    <message>
        <source>made by a newer Requant: version %1 of the project format; this program reads up to %2</source>
        <translation>von einem neueren Requant: Version %1 des Projektformats; dieses Programm liest bis %2</translation>
    </message>
    <message>
        <source>no samples found</source>
        <translation>keine Beispiele gefunden</translation>
    </message>
    <message>
        <source>no synthetic inputs for &apos;%1&apos;: %2</source>
        <translation>keine künstlichen Eingaben für &apos;%1&apos;: %2</translation>
    </message>
    <message>
        <source>node %1 (%2): %3</source>
        <translation>Knoten %1 (%2): %3</translation>
    </message>
    <message>
        <source>node %1 (%2): the operator&apos;s output has a fixed or its input&apos;s grid here and is requantized afterwards, which rounds once more than the file says</source>
        <translation>Knoten %1 (%2): der Ausgang des Operators hat hier ein festes Raster oder das seines Eingangs und wird danach umquantisiert, was einmal öfter rundet, als die Datei sagt</translation>
    </message>
    <message>
        <source>node %1: %2 bias values do not fit 32 bits and are clipped</source>
        <translation>Knoten %1: %2 Biaswerte passen nicht in 32 Bit und werden abgeschnitten</translation>
    </message>
    <message>
        <source>node %1: the bias is stored at another scale than input scale x weight scale; it is rounded to that (largest change %2 of a step)</source>
        <translation>Knoten %1: der Bias ist mit anderer Skalierung als Eingangsskalierung x Gewichtsskalierung gespeichert; er wird auf diese gerundet (größte Änderung %2 eines Schritts)</translation>
    </message>
    <message>
        <source>not a TFLite model: %1</source>
        <translation>kein TFLite-Modell: %1</translation>
    </message>
    <message>
        <source>not a TFLite model: the file has only %1 bytes</source>
        <translation>kein TFLite-Modell: die Datei hat nur %1 Byte</translation>
    </message>
    <message>
        <source>not a project file: &quot;requant_project&quot; is missing</source>
        <translation>keine Projektdatei: &quot;requant_project&quot; fehlt</translation>
    </message>
    <message>
        <source>not an NPY file: %1</source>
        <translation>keine NPY-Datei: %1</translation>
    </message>
    <message>
        <source>not an ONNX model, or damaged or cut short: %1</source>
        <translation>kein ONNX-Modell, oder beschädigt oder abgeschnitten: %1</translation>
    </message>
    <message>
        <source>not an ONNX model: %1</source>
        <translation>kein ONNX-Modell: %1</translation>
    </message>
    <message>
        <source>not enough memory</source>
        <translation>nicht genug Speicher</translation>
    </message>
    <message>
        <source>not written, because parts newer than the schema that Requant knows would be lost: %1</source>
        <translation>nicht geschrieben, weil Teile verloren gingen, die neuer sind als das Schema, das Requant kennt: %1</translation>
    </message>
    <message>
        <source>open a model before its recipe</source>
        <translation>ein Modell vor seinem Rezept öffnen</translation>
    </message>
    <message>
        <source>open in another window or program (%1): save under another name</source>
        <translation>in einem anderen Fenster oder Programm geöffnet (%1): unter anderem Namen speichern</translation>
    </message>
    <message>
        <source>operator %1 (%2) cannot be simulated: %3</source>
        <translation>Operator %1 (%2) kann nicht simuliert werden: %3</translation>
    </message>
    <message>
        <source>operator %1 (%2) failed: %3</source>
        <translation>Operator %1 (%2) schlug fehl: %3</translation>
    </message>
    <message>
        <source>operator %1 (%2) has a missing input or output</source>
        <translation>Operator %1 (%2) hat einen fehlenden Ein- oder Ausgang</translation>
    </message>
    <message>
        <source>operators that are not quantized in the file and stay in float (%1): %2</source>
        <translation>Operatoren, die in der Datei nicht quantisiert sind und in Gleitkomma bleiben (%1): %2</translation>
    </message>
    <message>
        <source>rules[%1] (%2) matches no layer and no input</source>
        <translation>rules[%1] (%2) passt auf keine Schicht und keinen Eingang</translation>
    </message>
    <message>
        <source>subgraph %1 does not exist or calls itself</source>
        <translation>Teilgraph %1 gibt es nicht oder er ruft sich selbst auf</translation>
    </message>
    <message>
        <source>tensor %1 (%2) has no fixed size: type %3, shape %4</source>
        <translation>Tensor %1 (%2) hat keine feste Größe: Typ %3, Form %4</translation>
    </message>
    <message>
        <source>tensor %1 is constant and cannot be set</source>
        <translation>Tensor %1 ist konstant und kann nicht gesetzt werden</translation>
    </message>
    <message>
        <source>tensor %1 takes %2 bytes, not %3</source>
        <translation>Tensor %1 nimmt %2 Byte, nicht %3</translation>
    </message>
    <message>
        <source>tensor %1: %2</source>
        <translation>Tensor %1: %2</translation>
    </message>
    <message>
        <source>tensor &apos;%1&apos; has %2 scales along dimension %3, which does not have that size</source>
        <translation>Tensor &apos;%1&apos; hat %2 Skalierungen entlang Dimension %3, die nicht diese Größe hat</translation>
    </message>
    <message>
        <source>tensor &apos;%1&apos; has a scale that is not a positive finite number</source>
        <translation>Tensor &apos;%1&apos; hat eine Skalierung, die keine positive endliche Zahl ist</translation>
    </message>
    <message>
        <source>tensor &apos;%1&apos;: zero point %2 is outside of its type&apos;s range</source>
        <translation>Tensor &apos;%1&apos;: Nullpunkt %2 liegt außerhalb des Bereichs seines Typs</translation>
    </message>
    <message>
        <source>the ONNX model has no graph</source>
        <translation>das ONNX-Modell hat keinen Graphen</translation>
    </message>
    <message>
        <source>the array is %1 %2, but the model&apos;s input takes %3 %4 per sample</source>
        <translation>das Feld ist %1 %2, aber der Eingang des Modells nimmt %3 %4 je Beispiel</translation>
    </message>
    <message>
        <source>the array needs %1 bytes, the file has %2</source>
        <translation>das Feld braucht %1 Byte, die Datei hat %2</translation>
    </message>
    <message>
        <source>the array&apos;s type %1 cannot become the input&apos;s type %2</source>
        <translation>der Typ %1 des Felds kann nicht der Typ %2 des Eingangs werden</translation>
    </message>
    <message>
        <source>the bias %1 said %2, but kernels take input scale x weight scale: repaired to that (%3); its integers stay</source>
        <translation>der Bias %1 gab %2 an, aber Kernel nehmen Eingangsskalierung x Gewichtsskalierung: darauf berichtigt (%3); seine ganzen Zahlen bleiben</translation>
    </message>
    <message>
        <source>the file has more than %1 parts</source>
        <translation>die Datei hat mehr als %1 Teile</translation>
    </message>
    <message>
        <source>the file holds no graph</source>
        <translation>die Datei enthält keinen Graphen</translation>
    </message>
    <message>
        <source>the folder has no pictures (%1)</source>
        <translation>der Ordner hat keine Bilder (%1)</translation>
    </message>
    <message>
        <source>the model %1; opsets %2 to %3 can be read</source>
        <translation>das Modell %1; Opsets %2 bis %3 sind lesbar</translation>
    </message>
    <message>
        <source>the model has %1 inputs; give them as a raw file of all inputs</source>
        <translation>das Modell hat %1 Eingänge; sie als Rohdatei aller Eingänge angeben</translation>
    </message>
    <message>
        <source>the model has no input %1</source>
        <translation>das Modell hat keinen Eingang %1</translation>
    </message>
    <message>
        <source>the model has no input</source>
        <translation>das Modell hat keinen Eingang</translation>
    </message>
    <message>
        <source>the model has no operator %1</source>
        <translation>das Modell hat keinen Operator %1</translation>
    </message>
    <message>
        <source>the model has no operators to convert</source>
        <translation>das Modell hat keine Operatoren zum Umwandeln</translation>
    </message>
    <message>
        <source>the model has no subgraph to simulate</source>
        <translation>das Modell hat keinen Teilgraphen zum Simulieren</translation>
    </message>
    <message>
        <source>the model has no subgraph</source>
        <translation>das Modell hat keinen Teilgraphen</translation>
    </message>
    <message>
        <source>the model has no tensor %1</source>
        <translation>das Modell hat keinen Tensor %1</translation>
    </message>
    <message>
        <source>the model needs %1 bytes without its buffers; the format allows 2 GiB</source>
        <translation>das Modell braucht ohne seine Puffer %1 Byte; das Format erlaubt 2 GiB</translation>
    </message>
    <message>
        <source>the model uses opset %1, newer than %2; operators are read by the rules of opset %2</source>
        <translation>das Modell verwendet Opset %1, neuer als %2; Operatoren werden nach den Regeln von Opset %2 gelesen</translation>
    </message>
    <message>
        <source>the model&apos;s input %1 is not a picture of 1 or 3 channels</source>
        <translation>der Eingang %1 des Modells ist kein Bild mit 1 oder 3 Kanälen</translation>
    </message>
    <message>
        <source>the samples are for %1 inputs, but the model has %2</source>
        <translation>die Beispiele sind für %1 Eingänge, aber das Modell hat %2</translation>
    </message>
    <message>
        <source>the samples are for an input of %1, but the model&apos;s is %2</source>
        <translation>die Beispiele sind für einen Eingang von %1, aber der des Modells ist %2</translation>
    </message>
    <message>
        <source>the source cannot be run layer by layer: %1</source>
        <translation>die Quelle kann nicht Schicht für Schicht ausgeführt werden: %1</translation>
    </message>
    <message>
        <source>the source cannot be simulated (%1): scales are chosen by weight error and rounding errors are not folded</source>
        <translation>die Quelle kann nicht simuliert werden (%1): Skalierungen werden nach dem Gewichtsfehler gewählt und Rundungsfehler nicht eingerechnet</translation>
    </message>
    <message>
        <source>the tensors need %1 bytes, more than the limit of %2</source>
        <translation>die Tensoren brauchen %1 Byte, mehr als die Grenze von %2</translation>
    </message>
    <message>
        <source>the weights are signed, so uint8 activations are read as int8, all integers minus 128</source>
        <translation>die Gewichte sind vorzeichenbehaftet, darum werden uint8-Aktivierungen als int8 gelesen, alle ganzen Zahlen minus 128</translation>
    </message>
    <message>
        <source>there are %1 labels for %2 samples</source>
        <translation>es gibt %1 Labels für %2 Beispiele</translation>
    </message>
    <message>
        <source>this TFLite file has the old format %1; only TFL3 (TensorFlow 1.5 and newer) can be read</source>
        <translation>diese TFLite-Datei hat das alte Format %1; nur TFL3 (TensorFlow 1.5 und neuer) ist lesbar</translation>
    </message>
    <message>
        <source>layers judged one by one give %1 dB at the logits, the preset fast gives %2 dB (%3 samples): the result of fast was taken</source>
        <translation>einzeln beurteilte Schichten ergeben %1 dB an den Logits, die Voreinstellung fast ergibt %2 dB (%3 Beispiele): das Ergebnis von fast wurde genommen</translation>
    </message>
    <message>
        <source>the outputs of the two networks cannot be compared</source>
        <translation>die Ausgaben der beiden Netze sind nicht vergleichbar</translation>
    </message>
    <message>
        <source>no layer belongs to one of the open model</source>
        <translation>keine Schicht gehört zu einer des geöffneten Modells</translation>
    </message>
    <message>
        <source>%1 (%2) cannot be written to ONNX: %3</source>
        <translation>%1 (%2) lässt sich nicht als ONNX schreiben: %3</translation>
    </message>
    <message>
        <source>%1 copies integers of another grid than its encoding says; it is requantized afterwards</source>
        <translation>%1 kopiert Ganzzahlen eines anderen Rasters, als sein Encoding sagt; danach wird requantisiert</translation>
    </message>
    <message>
        <source>%1 encodings name no tensor of this network, first %2</source>
        <translation>%1 Encodings nennen keinen Tensor dieses Netzes, zuerst %2</translation>
    </message>
    <message>
        <source>%1 has no encoding and stays in float</source>
        <translation>%1 hat kein Encoding und bleibt in Gleitkomma</translation>
    </message>
    <message>
        <source>%1 metadata entries of the model are not in the ONNX file</source>
        <translation>%1 Metadaten-Einträge des Modells stehen nicht in der ONNX-Datei</translation>
    </message>
    <message>
        <source>%1: the runtime fixes the grid of %2; the encoding (scale %3) is not used</source>
        <translation>%1: die Laufzeitumgebung legt das Raster von %2 fest; das Encoding (Skala %3) wird nicht verwendet</translation>
    </message>
    <message>
        <source>activation %1 has %2 bits in its encoding; it is stored in %3 and uses that many</source>
        <translation>Aktivierung %1 hat in ihrem Encoding %2 Bits; sie wird in %3 gespeichert und nutzt so viele</translation>
    </message>
    <message>
        <source>bias %1: %2 values do not fit the 32 bits that ONNX has for biases and are clipped</source>
        <translation>Bias %1: %2 Werte passen nicht in die 32 Bits, die ONNX für Bias-Werte hat, und werden abgeschnitten</translation>
    </message>
    <message>
        <source>encoding of %1: %2</source>
        <translation>Encoding von %1: %2</translation>
    </message>
    <message>
        <source>graph input %1 is %2 (channels last); the ONNX file takes it as %3 (channels first)</source>
        <translation>Graph-Eingang %1 ist %2 (Kanäle zuletzt); die ONNX-Datei nimmt ihn als %3 (Kanäle zuerst)</translation>
    </message>
    <message>
        <source>graph output %1 is %2 (channels last); the ONNX file gives it as %3 (channels first)</source>
        <translation>Graph-Ausgang %1 ist %2 (Kanäle zuletzt); die ONNX-Datei gibt ihn als %3 (Kanäle zuerst)</translation>
    </message>
    <message>
        <source>no encoding has the name of a tensor of this network (%1 encodings, first %2)</source>
        <translation>kein Encoding trägt den Namen eines Tensors dieses Netzes (%1 Encodings, zuerst %2)</translation>
    </message>
    <message>
        <source>not AIMET encodings: %1</source>
        <translation>keine AIMET-Encodings: %1</translation>
    </message>
    <message>
        <source>offsets of this file contradict min and scale (%1: offset %2, min / scale %3); min is believed</source>
        <translation>die Offsets dieser Datei widersprechen Minimum und Skala (%1: Offset %2, Minimum / Skala %3); das Minimum gilt</translation>
    </message>
    <message>
        <source>the encoding of %1 is not used: %2</source>
        <translation>das Encoding von %1 wird nicht verwendet: %2</translation>
    </message>
    <message>
        <source>the model has %1 subgraphs; only one can be written to ONNX</source>
        <translation>das Modell hat %1 Teilgraphen; nur einer lässt sich als ONNX schreiben</translation>
    </message>
    <message>
        <source>the model is larger than the 2 GiB that protobuf allows</source>
        <translation>das Modell ist größer als die 2 GiB, die protobuf zulässt</translation>
    </message>
    <message>
        <source>the model is quantized already; encodings belong to a float network</source>
        <translation>das Modell ist schon quantisiert; Encodings gehören zu einem Gleitkomma-Netz</translation>
    </message>
    <message>
        <source>the model was not read from an ONNX file</source>
        <translation>das Modell wurde nicht aus einer ONNX-Datei gelesen</translation>
    </message>
    <message>
        <source>the source file&apos;s structure does not hold the result (%1); its graph is written anew</source>
        <translation>der Aufbau der Quelldatei kann das Ergebnis nicht aufnehmen (%1); ihr Graph wird neu geschrieben</translation>
    </message>
    <message>
        <source>weights %1 have no encoding; their grid is that of their largest value</source>
        <translation>Gewichte %1 haben kein Encoding; ihr Raster ist das ihres größten Werts</translation>
    </message>
    <message>
        <source>weights %1 have zero points in their encoding; per channel only zero point 0 can be run</source>
        <translation>Gewichte %1 haben in ihrem Encoding Nullpunkte; pro Kanal läuft nur der Nullpunkt 0</translation>
    </message>
</context>
<context>
    <name>help</name>
    <message>
        <source>Metrics</source>
        <translation>Maße</translation>
    </message>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>Steps RMS</source>
        <translation>Schritte RMS</translation>
    </message>
    <message>
        <source>Local and end to end</source>
        <translation>Lokal und Ende zu Ende</translation>
    </message>
    <message>
        <source>&lt;p&gt;&lt;b&gt;Local&lt;/b&gt;: the layer alone, fed with what the source&apos;s layer got. It says what this layer adds.&lt;/p&gt;&lt;p&gt;&lt;b&gt;End to end&lt;/b&gt; (cumulative): the layer inside of the converted network, with the errors of all layers before it. A layer that is bad end to end but good locally only passes on what it gets: look further up.&lt;/p&gt;</source>
        <translation>&lt;p&gt;&lt;b&gt;Lokal&lt;/b&gt;: die Schicht allein, gespeist mit dem, was die Schicht der Quelle bekam. Es sagt, was diese Schicht beiträgt.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Ende zu Ende&lt;/b&gt; (kumulativ): die Schicht im umgewandelten Netz, mit den Fehlern aller Schichten davor. Eine Schicht, die Ende zu Ende schlecht, lokal aber gut ist, gibt nur weiter, was sie bekommt: weiter oben suchen.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Saturation (clipping)</source>
        <translation>Sättigung (Abschneiden)</translation>
    </message>
    <message>
        <source>&lt;p&gt;The share of values that stop at the end of the integer range and are off by more than half a step there, where the source&apos;s were not. Activations such as RELU6 saturate on purpose; that is not counted as error.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Der Anteil der Werte, die am Ende des Zahlenbereichs stehen bleiben und dort um mehr als einen halben Schritt falsch sind, wo die der Quelle es nicht waren. Aktivierungen wie RELU6 sättigen mit Absicht; das zählt nicht als Fehler.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Bias shift</source>
        <translation>Bias-Verschiebung</translation>
    </message>
    <message>
        <source>&lt;p&gt;The mean error of each channel. Rounded weights move a channel&apos;s mean even where single errors are small; the next layers cannot tell that from signal. Error folding and empirical folding put it back into the bias.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Der mittlere Fehler jedes Kanals. Gerundete Gewichte verschieben das Mittel eines Kanals auch dort, wo einzelne Fehler klein sind; die nächsten Schichten können das nicht vom Signal unterscheiden. Fehlereinrechnung und empirische Einrechnung bringen es in den Bias zurück.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>Übereinstimmung</translation>
    </message>
    <message>
        <source>&lt;p&gt;The share of samples whose largest output is the same in source and conversion. It needs no labels.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Der Anteil der Beispiele, deren größte Ausgabe in Quelle und Umwandlung dieselbe ist. Es braucht keine Labels.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Top 1 and top 5</source>
        <translation>Top 1 und Top 5</translation>
    </message>
    <message>
        <source>&lt;p&gt;With labels: how often the right class has the largest output, or one of the five largest. Shown for source and conversion, because the source&apos;s own mistakes are not the conversion&apos;s.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Mit Labels: wie oft die richtige Klasse die größte Ausgabe hat oder eine der fünf größten. Für Quelle und Umwandlung gezeigt, weil die eigenen Fehler der Quelle nicht die der Umwandlung sind.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>&lt;p&gt;The cosine of the angle between source and conversion as vectors; 1 is the same direction. It does not see a common factor.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Der Kosinus des Winkels zwischen Quelle und Umwandlung als Vektoren; 1 ist dieselbe Richtung. Einen gemeinsamen Faktor sieht er nicht.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Overflows and clipped biases</source>
        <translation>Überläufe und abgeschnittene Biase</translation>
    </message>
    <message>
        <source>&lt;p&gt;Where a target has narrow accumulators or biases: how many sums left their width, and how many biases do not fit. Both are counted while the integer network is simulated.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Wo ein Ziel schmale Akkumulatoren oder Biase hat: wie viele Summen ihre Breite verließen und wie viele Biase nicht passen. Beides wird gezählt, während das ganzzahlige Netz simuliert wird.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Schemes</source>
        <translation>Schemata</translation>
    </message>
    <message>
        <source>Scale and zero point</source>
        <translation>Skalierung und Nullpunkt</translation>
    </message>
    <message>
        <source>&lt;p&gt;real = scale × (q − zero point). The scale is the size of one step, the zero point the integer that stands for 0.&lt;/p&gt;</source>
        <translation>&lt;p&gt;reell = Skalierung × (q − Nullpunkt). Die Skalierung ist die Größe eines Schritts, der Nullpunkt die ganze Zahl, die für 0 steht.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Symmetric, asymmetric, restricted</source>
        <translation>Symmetrisch, asymmetrisch, eingeschränkt</translation>
    </message>
    <message>
        <source>&lt;p&gt;&lt;b&gt;Asymmetric&lt;/b&gt; (A): any zero point; the range fits the values. &lt;b&gt;Symmetric&lt;/b&gt; (S): zero point 0 (uint8: 128), so that hardware need not subtract it; values that are never negative then lose half of the integers, unless zero-point folding keeps them. &lt;b&gt;Restricted&lt;/b&gt;: signed or unsigned, but nothing between.&lt;/p&gt;</source>
        <translation>&lt;p&gt;&lt;b&gt;Asymmetrisch&lt;/b&gt; (A): beliebiger Nullpunkt; der Bereich passt zu den Werten. &lt;b&gt;Symmetrisch&lt;/b&gt; (S): Nullpunkt 0 (uint8: 128), sodass Hardware ihn nicht abziehen muss; Werte, die nie negativ sind, verlieren dann die Hälfte der ganzen Zahlen, wenn die Nullpunkteinrechnung sie nicht behält. &lt;b&gt;Eingeschränkt&lt;/b&gt;: vorzeichenbehaftet oder vorzeichenlos, aber nichts dazwischen.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Power-of-two scales</source>
        <translation>Skalierungen als Zweierpotenz</translation>
    </message>
    <message>
        <source>&lt;p&gt;The scale is 2&lt;sup&gt;−n&lt;/sup&gt;, so that moving between grids is a shift and no multiplication. On average half a bit of range is lost; weight correction gets most of it back.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Die Skalierung ist 2&lt;sup&gt;−n&lt;/sup&gt;, sodass der Wechsel zwischen Rastern ein Schieben ist und keine Multiplikation. Im Mittel geht ein halbes Bit des Bereichs verloren; die Gewichtskorrektur holt das meiste davon zurück.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Per-tensor and per-channel</source>
        <translation>Pro Tensor und pro Kanal</translation>
    </message>
    <message>
        <source>&lt;p&gt;One scale for a whole filter tensor, or one for each output channel (C). Per-channel weights are more exact; not every chip can do them. Equalization makes channels alike where only one scale is allowed.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Eine Skalierung für einen ganzen Filtertensor oder eine für jeden Ausgangskanal (C). Gewichte pro Kanal sind genauer; nicht jeder Chip kann sie. Der Kanalausgleich macht Kanäle einander ähnlich, wo nur eine Skalierung erlaubt ist.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Narrow range</source>
        <translation>Enger Bereich</translation>
    </message>
    <message>
        <source>Requantize operators</source>
        <translation>Requantize-Operatoren</translation>
    </message>
    <message>
        <source>&lt;p&gt;Where neighbours need different grids, a QUANTIZE operator moves values from one to the other. It costs time and, unless the grids differ by 128 only, half a step of error. The graph draws them dashed before the export.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Wo Nachbarn verschiedene Raster brauchen, bringt ein QUANTIZE-Operator Werte vom einen auf das andere. Er kostet Zeit und, wenn die Raster sich nicht nur um 128 unterscheiden, einen halben Schritt Fehler. Der Graph zeichnet ihn vor dem Export gestrichelt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Tied tensors</source>
        <translation>Gekoppelte Tensoren</translation>
    </message>
    <message>
        <source>&lt;p&gt;Some operators demand the same scale and zero point of their inputs and outputs (CONCATENATION, MAX_POOL_2D, RESHAPE). Such tensors form a group and change together; cutting the group inserts a requantize operator.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Manche Operatoren verlangen von ihren Ein- und Ausgängen dieselbe Skalierung und denselben Nullpunkt (CONCATENATION, MAX_POOL_2D, RESHAPE). Solche Tensoren bilden eine Gruppe und ändern sich gemeinsam; das Trennen der Gruppe fügt einen Requantize-Operator ein.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Fixed outputs</source>
        <translation>Feste Ausgänge</translation>
    </message>
    <message>
        <source>&lt;p&gt;SOFTMAX, LOGISTIC and TANH give values of a known range, and the runtime fixes their output grid. The policy says whether it stays or a requantize operator follows.&lt;/p&gt;</source>
        <translation>&lt;p&gt;SOFTMAX, LOGISTIC und TANH liefern Werte eines bekannten Bereichs, und die Laufzeitumgebung legt ihr Ausgangsraster fest. Die Einstellung sagt, ob es bleibt oder ein Requantize-Operator folgt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Corrections</source>
        <translation>Korrekturen</translation>
    </message>
    <message>
        <source>Weight correction, folding, search</source>
        <translation>Gewichtskorrektur, Einrechnung, Suche</translation>
    </message>
    <message>
        <source>&lt;p&gt;&lt;b&gt;Weight correction&lt;/b&gt; moves the ratio of old and new scale into the weights. &lt;b&gt;Scale search&lt;/b&gt; and &lt;b&gt;rounding search&lt;/b&gt; choose weights by the error of the layer&apos;s output and not of the weights. &lt;b&gt;Error folding&lt;/b&gt;, &lt;b&gt;zero-point folding&lt;/b&gt; and &lt;b&gt;empirical folding&lt;/b&gt; put what rounding shifts into the bias. &lt;b&gt;Equalization&lt;/b&gt; moves factors of single channels into the next layer. None needs the float network.&lt;/p&gt;</source>
        <translation>&lt;p&gt;&lt;b&gt;Gewichtskorrektur&lt;/b&gt; verschiebt das Verhältnis von alter und neuer Skalierung in die Gewichte. &lt;b&gt;Skalierungssuche&lt;/b&gt; und &lt;b&gt;Rundungssuche&lt;/b&gt; wählen Gewichte nach dem Fehler des Ausgangs der Schicht und nicht nach dem der Gewichte. &lt;b&gt;Fehlereinrechnung&lt;/b&gt;, &lt;b&gt;Nullpunkteinrechnung&lt;/b&gt; und &lt;b&gt;empirische Einrechnung&lt;/b&gt; bringen das, was Runden verschiebt, in den Bias. &lt;b&gt;Kanalausgleich&lt;/b&gt; verschiebt Faktoren einzelner Kanäle in die nächste Schicht. Keine davon braucht das Gleitkommanetz.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Simulation</source>
        <translation>Simulation</translation>
    </message>
    <message>
        <source>&lt;p&gt;Source and conversion are run as integers, bit for bit as a named arithmetic computes them (the status bar tells which). Numbers that belong to an older recipe are grey until they are computed again.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Quelle und Umwandlung laufen ganzzahlig, Bit für Bit wie eine benannte Arithmetik sie rechnet (die Statusleiste sagt, welche). Zahlen, die zu einem älteren Rezept gehören, sind grau, bis sie neu berechnet sind.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>The window</source>
        <translation>Das Fenster</translation>
    </message>
    <message>
        <source>Reading the graph</source>
        <translation>Den Graphen lesen</translation>
    </message>
    <message>
        <source>&lt;p&gt;Each box is an operator; its colour is what it does, its badge the scheme: type, S or A (symmetric, asymmetric), P2 (power-of-two), C (per-channel). The strip on the left is the heat: dark is good, bright is bad. Arrow keys walk along the edges.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Jeder Kasten ist ein Operator; seine Farbe ist, was er tut, sein Schildchen das Schema: Typ, S oder A (symmetrisch, asymmetrisch), P2 (Zweierpotenz), C (pro Kanal). Der Streifen links ist die Wärme: dunkel ist gut, hell ist schlecht. Pfeiltasten gehen die Kanten entlang.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Finding the layer that breaks</source>
        <translation>Die Schicht finden, die versagt</translation>
    </message>
    <message>
        <source>&lt;ol&gt;&lt;li&gt;Choose the target.&lt;/li&gt;&lt;li&gt;View › Worst layers first.&lt;/li&gt;&lt;li&gt;Select the worst local one and read Why in the inspector.&lt;/li&gt;&lt;li&gt;Under Scheme give it more bits, per-channel weights, or keep it.&lt;/li&gt;&lt;li&gt;Undo if it was not worth it.&lt;/li&gt;&lt;/ol&gt;</source>
        <translation>&lt;ol&gt;&lt;li&gt;Das Ziel wählen.&lt;/li&gt;&lt;li&gt;Ansicht › Schlechteste Schichten zuerst.&lt;/li&gt;&lt;li&gt;Die lokal schlechteste auswählen und im Inspektor Warum lesen.&lt;/li&gt;&lt;li&gt;Ihr unter Schema mehr Bits oder Gewichte pro Kanal geben, oder sie unverändert lassen.&lt;/li&gt;&lt;li&gt;Rückgängig machen, wenn es sich nicht gelohnt hat.&lt;/li&gt;&lt;/ol&gt;</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>&lt;p&gt;File › Export writes the model, a C array, the recipe and reports. Each file is read again, compared with what was meant, verified against the runtime&apos;s rules and simulated; the dialog tells each step.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Datei › Exportieren schreibt das Modell, ein C-Feld, das Rezept und Berichte. Jede Datei wird wieder gelesen, mit dem Gemeinten verglichen, an den Regeln der Laufzeitumgebung geprüft und simuliert; das Dialogfenster nennt jeden Schritt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>The target: which scheme the network is converted to. Each entry tells what the hardware demands and where that is documented.</source>
        <translation>Das Ziel: in welches Schema das Netz umgewandelt wird. Jeder Eintrag sagt, was die Hardware verlangt und wo das dokumentiert ist.</translation>
    </message>
    <message>
        <source>How much the conversion corrects: nothing (naive), or weights, scales and biases.</source>
        <translation>Wie viel die Umwandlung korrigiert: nichts (naiv) oder Gewichte, Skalierungen und Biase.</translation>
    </message>
    <message>
        <source>Shows only layers whose name, operator, scheme or number contains this.</source>
        <translation>Zeigt nur Schichten, deren Name, Operator, Schema oder Nummer dies enthält.</translation>
    </message>
    <message>
        <source>One row per operator. Click a heading to sort, several rows to select; the selection is the same in graph and charts.</source>
        <translation>Eine Zeile je Operator. Klick auf eine Überschrift sortiert, auf mehrere Zeilen wählt aus; die Auswahl ist in Graph und Diagrammen dieselbe.</translation>
    </message>
    <message>
        <source>The network. Drag to move, wheel to zoom, arrow keys to walk along the edges, Enter for the layer&apos;s scheme.</source>
        <translation>Das Netz. Ziehen verschiebt, das Rad vergrößert, Pfeiltasten gehen die Kanten entlang, die Eingabetaste zeigt das Schema der Schicht.</translation>
    </message>
    <message>
        <source>Colours the graph by a number of each layer.</source>
        <translation>Färbt den Graphen nach einer Zahl jeder Schicht.</translation>
    </message>
    <message>
        <source>Local: the layer alone. End to end: with the errors of all layers before it.</source>
        <translation>Lokal: die Schicht allein. Ende zu Ende: mit den Fehlern aller Schichten davor.</translation>
    </message>
    <message>
        <source>Finds layers by name, operator or tensor; Enter goes to the next.</source>
        <translation>Findet Schichten nach Name, Operator oder Tensor; die Eingabetaste geht zur nächsten.</translation>
    </message>
    <message>
        <source>The whole network in small; click to go there.</source>
        <translation>Das ganze Netz im Kleinen; ein Klick geht dorthin.</translation>
    </message>
    <message>
        <source>The model&apos;s graphs: control flow keeps its branches in graphs of their own.</source>
        <translation>Die Graphen des Modells: Verzweigungen und Schleifen haben eigene Graphen.</translation>
    </message>
    <message>
        <source>Of the selected layer: what it is, which scheme it gets, and why its numbers are as they are.</source>
        <translation>Zur ausgewählten Schicht: was sie ist, welches Schema sie bekommt und warum ihre Zahlen so sind.</translation>
    </message>
    <message>
        <source>What was found: wishes that could not be granted, rules, biases that do not fit. Enter goes to the layer.</source>
        <translation>Was gefunden wurde: nicht erfüllbare Wünsche, Regeln, Biase, die nicht passen. Die Eingabetaste geht zur Schicht.</translation>
    </message>
    <message>
        <source>The recipe&apos;s rules in order; a later rule wins field by field.</source>
        <translation>Die Regeln des Rezepts der Reihe nach; eine spätere Regel gewinnt Feld für Feld.</translation>
    </message>
    <message>
        <source>The recipe as JSON, checked while you type.</source>
        <translation>Das Rezept als JSON, beim Tippen geprüft.</translation>
    </message>
    <message>
        <source>Whether this layer&apos;s activations follow the recipe, are set here, or stay as in the file.</source>
        <translation>Ob die Aktivierungen dieser Schicht dem Rezept folgen, hier gesetzt werden oder wie in der Datei bleiben.</translation>
    </message>
    <message>
        <source>The storage type of activations.</source>
        <translation>Der Speichertyp der Aktivierungen.</translation>
    </message>
    <message>
        <source>Symmetric: zero point 0. Asymmetric: any. Restricted: signed or unsigned.</source>
        <translation>Symmetrisch: Nullpunkt 0. Asymmetrisch: beliebig. Eingeschränkt: vorzeichenbehaftet oder vorzeichenlos.</translation>
    </message>
    <message>
        <source>Any scale, or powers of two, which need only shifts.</source>
        <translation>Beliebige Skalierung oder Zweierpotenzen, die nur Schieben brauchen.</translation>
    </message>
    <message>
        <source>Whether this layer&apos;s weights follow the recipe, are set here, or stay as in the file.</source>
        <translation>Ob die Gewichte dieser Schicht dem Rezept folgen, hier gesetzt werden oder wie in der Datei bleiben.</translation>
    </message>
    <message>
        <source>The storage type of weights.</source>
        <translation>Der Speichertyp der Gewichte.</translation>
    </message>
    <message>
        <source>Symmetric: zero point 0. Asymmetric: any.</source>
        <translation>Symmetrisch: Nullpunkt 0. Asymmetrisch: beliebig.</translation>
    </message>
    <message>
        <source>One scale for all weights, or one for each output channel.</source>
        <translation>Eine Skalierung für alle Gewichte oder eine für jeden Ausgangskanal.</translation>
    </message>
    <message>
        <source>Any scale, powers of two, or scales whose product with the input&apos;s makes a power of two.</source>
        <translation>Beliebige Skalierung, Zweierpotenzen oder Skalierungen, deren Produkt mit der des Eingangs eine Zweierpotenz ergibt.</translation>
    </message>
    <message>
        <source>How many bits of their type the weights use.</source>
        <translation>Wie viele Bits ihres Typs die Gewichte nutzen.</translation>
    </message>
    <message>
        <source>As many integers below 0 as above.</source>
        <translation>So viele ganze Zahlen unter 0 wie darüber.</translation>
    </message>
    <message>
        <source>What SOFTMAX, LOGISTIC and TANH do where the target asks for another output grid.</source>
        <translation>Was SOFTMAX, LOGISTIC und TANH tun, wo das Ziel ein anderes Ausgangsraster verlangt.</translation>
    </message>
    <message>
        <source>How the simulated runtime or hardware rounds.</source>
        <translation>Wie die simulierte Laufzeitumgebung oder Hardware rundet.</translation>
    </message>
    <message>
        <source>Stops what is being computed; older numbers stay and are marked.</source>
        <translation>Hält an, was berechnet wird; ältere Zahlen bleiben und werden markiert.</translation>
    </message>
    <message>
        <source>A .npy array, a folder of pictures, one picture, or a raw file.</source>
        <translation>Ein .npy-Feld, ein Ordner mit Bildern, ein Bild oder eine Rohdatei.</translation>
    </message>
    <message>
        <source>More samples give steadier numbers and take longer.</source>
        <translation>Mehr Beispiele ergeben stetigere Zahlen und dauern länger.</translation>
    </message>
    <message>
        <source>Which sample the preview shows.</source>
        <translation>Welches Beispiel die Vorschau zeigt.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Signal to quantization noise ratio: 10 log&lt;sub&gt;10&lt;/sub&gt;(sum of x² / sum of (x − x&apos;)²), where x is what the source gives and x&apos; what the conversion gives, as real numbers. Every 6 dB halve the error.&lt;/p&gt;&lt;p&gt;40 dB and more are rarely seen in the result; below 20 dB a layer deserves a look; at 0 dB the error is as large as the signal. “exact” means no difference at all.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Signal-zu-Quantisierungsrausch-Verhältnis: 10 log&lt;sub&gt;10&lt;/sub&gt;(Summe von x² / Summe von (x − x&apos;)²), wobei x ist, was die Quelle liefert, und x&apos;, was die Umwandlung liefert, als reelle Zahlen. Je 6 dB halbieren den Fehler.&lt;/p&gt;&lt;p&gt;40 dB und mehr sind im Ergebnis selten zu sehen; unter 20 dB verdient eine Schicht einen Blick; bei 0 dB ist der Fehler so groß wie das Signal. „exakt“ heißt gar kein Unterschied.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>&lt;p&gt;The root mean square error in units of the new grid&apos;s scale (“steps”, LSB).&lt;/p&gt;&lt;p&gt;&lt;b&gt;0.289 steps RMS is what ideal rounding gives&lt;/b&gt; (1/√12): nothing that computes on this grid can do better on average. Much more than that comes from the layer&apos;s weights, from clipping, or from its inputs.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Das quadratische Mittel des Fehlers in Einheiten der Skalierung des neuen Rasters („Schritte“, LSB).&lt;/p&gt;&lt;p&gt;&lt;b&gt;0.289 Schritte RMS ergibt ideales Runden&lt;/b&gt; (1/√12): was auf diesem Raster rechnet, kann es im Mittel nicht besser. Viel mehr als das kommt von den Gewichten der Schicht, vom Abschneiden oder von ihren Eingängen.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>&lt;p&gt;Weights use −127 to 127 and not −128: as many integers on both sides of 0. TFLite&apos;s int8 kernels demand it.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Gewichte nutzen −127 bis 127 und nicht −128: auf beiden Seiten von 0 gleich viele ganze Zahlen. Die int8-Kernel von TFLite verlangen es.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>What is asked of the layers: as rules, as text, and by target.</source>
        <translation>Was von den Schichten verlangt wird: als Regeln, als Text und nach Ziel.</translation>
    </message>
    <message>
        <source>Shows only issues of one kind.</source>
        <translation>Zeigt nur Probleme einer Art.</translation>
    </message>
    <message>
        <source>Shows only issues of the layers that are selected.</source>
        <translation>Zeigt nur Probleme der ausgewählten Schichten.</translation>
    </message>
    <message>
        <source>Shows only topics that contain this word.</source>
        <translation>Zeigt nur Themen, die dieses Wort enthalten.</translation>
    </message>
    <message>
        <source>What can be looked up: metrics, schemes, corrections, the window.</source>
        <translation>Was nachgeschlagen werden kann: Maße, Schemata, Korrekturen, das Fenster.</translation>
    </message>
    <message>
        <source>The explanation of the chosen topic.</source>
        <translation>Die Erklärung des gewählten Themas.</translation>
    </message>
    <message>
        <source>Options, tensors, memory and errors of the layer; links lead to its neighbours.</source>
        <translation>Optionen, Tensoren, Speicher und Fehler der Schicht; Verweise führen zu ihren Nachbarn.</translation>
    </message>
    <message>
        <source>Comparing</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>&lt;p&gt;The plus beside the target adds a variant; Variants › Compare with file takes another converter&apos;s file, whose layers are matched by name and by their order. The Compare dock holds two of them against each other; First jump goes to the first layer whose own error is 10 dB worse than is usual before it; Side by side shows a second graph that moves with the first.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Das Plus neben dem Ziel fügt eine Variante hinzu; Varianten › Mit Datei vergleichen nimmt die Datei eines anderen Umwandlers, deren Schichten nach Name und Reihenfolge zugeordnet werden. Das Dock Vergleichen hält zwei davon gegeneinander; Erster Sprung geht zur ersten Schicht, deren eigener Fehler 10 dB schlechter ist, als davor üblich; Nebeneinander zeigt einen zweiten Graphen, der sich mit dem ersten bewegt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>What an error is made of</source>
        <translation>Woraus ein Fehler besteht</translation>
    </message>
    <message>
        <source>&lt;p&gt;Charts › Causes takes each layer&apos;s own error apart: rounding and clipping of weights, bias, input and output grid, multiplier, arithmetic. Hatched bars are the conversion without algorithms, full ones the recipe as it is. &lt;i&gt;Causes together&lt;/i&gt; is what they share; it is negative where they cancel each other.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Diagramme › Ursachen zerlegt den eigenen Fehler jeder Schicht: Runden und Abschneiden der Gewichte, Bias, Ein- und Ausgangsraster, Multiplikator, Arithmetik. Schraffierte Balken sind die Umwandlung ohne Algorithmen, volle das Rezept, wie es ist. &lt;i&gt;Ursachen zusammen&lt;/i&gt; ist, was sie gemeinsam haben; es ist negativ, wo sie einander aufheben.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Numbers of all layers. Click a point to select the layer; wheel or a dragged band to look closer (with Ctrl along y), Shift and wheel to move, Home for all.</source>
        <translation>Zahlen aller Schichten. Klick auf einen Punkt wählt die Schicht; Rad oder aufgezogener Rahmen vergrößert (mit Strg entlang y), Umschalt und Rad verschiebt, Pos1 zeigt alles.</translation>
    </message>
    <message>
        <source>The chart&apos;s numbers as a table; a row selects its layer.</source>
        <translation>Die Zahlen des Diagramms als Tabelle; eine Zeile wählt ihre Schicht.</translation>
    </message>
    <message>
        <source>Saves the chart as PNG or SVG and its numbers as CSV, or copies them.</source>
        <translation>Speichert das Diagramm als PNG oder SVG und seine Zahlen als CSV, oder kopiert sie.</translation>
    </message>
    <message>
        <source>Shows what the active variant is held against too: another variant, or, among causes, the conversion without algorithms.</source>
        <translation>Zeigt auch das, womit die aktive Variante verglichen wird: eine andere Variante oder, bei den Ursachen, die Umwandlung ohne Algorithmen.</translation>
    </message>
    <message>
        <source>Squared steps tell how large an error is, percent what it is made of.</source>
        <translation>Quadrierte Schritte sagen, wie groß ein Fehler ist, Prozent, woraus er besteht.</translation>
    </message>
    <message>
        <source>Measures each layer fed with the source&apos;s values while one cause after another is exchanged.</source>
        <translation>Misst jede Schicht mit den Werten der Quelle, während eine Ursache nach der anderen ausgetauscht wird.</translation>
    </message>
    <message>
        <source>Several recipes for one model. Choosing one shows its numbers; nothing is computed again.</source>
        <translation>Mehrere Rezepte für ein Modell. Eines zu wählen zeigt seine Zahlen; nichts wird neu berechnet.</translation>
    </message>
    <message>
        <source>One row per layer, one column per variant or file, the last one their difference.</source>
        <translation>Eine Zeile je Schicht, eine Spalte je Variante oder Datei, die letzte ist ihr Unterschied.</translation>
    </message>
    <message>
        <source>The number that the matrix, the second graph and its colours are about.</source>
        <translation>Die Zahl, um die es in Matrix, zweitem Graphen und dessen Farben geht.</translation>
    </message>
    <message>
        <source>Colours of the second graph: operators, its numbers, or what it has more or less than the first.</source>
        <translation>Farben des zweiten Graphen: Operatoren, seine Zahlen oder was er mehr oder weniger hat als der erste.</translation>
    </message>
    <message>
        <source>Whose scales the chart shows: the layers&apos; outputs or their weights.</source>
        <translation>Wessen Skalierungen das Diagramm zeigt: die der Ausgänge der Schichten oder ihrer Gewichte.</translation>
    </message>
    <message>
        <source>Which values of the selected layer are counted.</source>
        <translation>Welche Werte der ausgewählten Schicht gezählt werden.</translation>
    </message>
    <message>
        <source>Another recipe for the same model, beside this one.</source>
        <translation>Ein weiteres Rezept für dasselbe Modell, neben diesem.</translation>
    </message>
</context>
<context>
    <name>requant</name>
    <message>
        <source>Activation SQNR</source>
        <translation>SQNR der Aktivierungen</translation>
    </message>
    <message>
        <source>Activation RMS error</source>
        <translation>RMS-Fehler der Aktivierungen</translation>
    </message>
    <message>
        <source>Largest activation error</source>
        <translation>Größter Fehler der Aktivierungen</translation>
    </message>
    <message>
        <source>Cosine similarity</source>
        <translation>Kosinus-Ähnlichkeit</translation>
    </message>
    <message>
        <source>Saturated values</source>
        <translation>Gesättigte Werte</translation>
    </message>
    <message>
        <source>Largest channel shift</source>
        <translation>Größte Kanalverschiebung</translation>
    </message>
    <message>
        <source>Clipped outputs</source>
        <translation>Abgeschnittene Ausgaben</translation>
    </message>
    <message>
        <source>Overflowed sums</source>
        <translation>Übergelaufene Summen</translation>
    </message>
    <message>
        <source>Weight SQNR</source>
        <translation>SQNR der Gewichte</translation>
    </message>
    <message>
        <source>Weight RMS error</source>
        <translation>RMS-Fehler der Gewichte</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>%1, this layer alone</source>
        <translation>%1, diese Schicht allein</translation>
    </message>
    <message>
        <source>%1, end to end</source>
        <translation>%1, Ende zu Ende</translation>
    </message>
    <message>
        <source>Weight error (SQNR)</source>
        <translation>Gewichtsfehler (SQNR)</translation>
    </message>
    <message>
        <source>Activation error, this layer alone (SQNR)</source>
        <translation>Aktivierungsfehler, diese Schicht allein (SQNR)</translation>
    </message>
    <message>
        <source>Activation error, end to end (SQNR)</source>
        <translation>Aktivierungsfehler, Ende zu Ende (SQNR)</translation>
    </message>
    <message>
        <source>Activation error in steps (RMS)</source>
        <translation>Aktivierungsfehler in Schritten (RMS)</translation>
    </message>
    <message>
        <source>Local SQNR</source>
        <translation>Lokales SQNR</translation>
    </message>
    <message>
        <source>End-to-end SQNR</source>
        <translation>SQNR Ende zu Ende</translation>
    </message>
    <message>
        <source>RMS steps</source>
        <translation>Schritte RMS</translation>
    </message>
    <message>
        <source>Saturation</source>
        <translation>Sättigung</translation>
    </message>
    <message>
        <source>keep as is</source>
        <translation>unverändert lassen</translation>
    </message>
    <message>
        <source>do not keep</source>
        <translation>nicht unverändert lassen</translation>
    </message>
    <message>
        <source>power-of-two scale</source>
        <translation>Skalierung als Zweierpotenz</translation>
    </message>
    <message>
        <source>power-of-two multiplier</source>
        <translation>Multiplikator als Zweierpotenz</translation>
    </message>
    <message>
        <source>any scale</source>
        <translation>beliebige Skalierung</translation>
    </message>
    <message>
        <source>%1 bits</source>
        <translation>%1 Bit</translation>
    </message>
    <message>
        <source>own grid</source>
        <translation>eigenes Raster</translation>
    </message>
    <message>
        <source>shared grid</source>
        <translation>gemeinsames Raster</translation>
    </message>
    <message>
        <source>narrow range</source>
        <translation>enger Bereich</translation>
    </message>
    <message>
        <source>full range</source>
        <translation>voller Bereich</translation>
    </message>
    <message>
        <source>name matches %1</source>
        <translation>Name passt auf %1</translation>
    </message>
    <message>
        <source>layer #%1</source>
        <translation>Schicht #%1</translation>
    </message>
    <message>
        <source>layers #%1 to #%2</source>
        <translation>Schichten #%1 bis #%2</translation>
    </message>
    <message>
        <source>all layers</source>
        <translation>alle Schichten</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>unverändert</translation>
    </message>
    <message>
        <source>%1: %2 → %3</source>
        <translation>%1: %2 → %3</translation>
    </message>
    <message>
        <source>%1: leaves its group</source>
        <translation>%1: verlässt seine Gruppe</translation>
    </message>
    <message>
        <source>%1: joins another group</source>
        <translation>%1: kommt in eine andere Gruppe</translation>
    </message>
    <message>
        <source>output</source>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 (%2; %3)</source>
        <translation>%1 (%2; %3)</translation>
    </message>
    <message>
        <source>1 other layer changes: %1</source>
        <translation>1 andere Schicht ändert sich: %1</translation>
    </message>
    <message>
        <source>%1 other layers change: %2</source>
        <translation>%1 andere Schichten ändern sich: %2</translation>
    </message>
    <message>
        <source> and %1 more</source>
        <translation> und %1 weitere</translation>
    </message>
    <message>
        <source>No other layer changes</source>
        <translation>Keine andere Schicht ändert sich</translation>
    </message>
    <message>
        <source>%1 more</source>
        <translation>%1 mehr</translation>
    </message>
    <message>
        <source>%1 fewer</source>
        <translation>%1 weniger</translation>
    </message>
    <message>
        <source>Nothing changes</source>
        <translation>Nichts ändert sich</translation>
    </message>
    <message>
        <source>%1 has no %2 bits</source>
        <translation>%1 hat keine %2 Bit</translation>
    </message>
    <message>
        <source>matches no layer</source>
        <translation>passt auf keine Schicht</translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation>Aktivierungen %1</translation>
    </message>
    <message>
        <source>weights %1</source>
        <translation>Gewichte %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>says nothing</source>
        <translation>sagt nichts</translation>
    </message>
    <message>
        <source>regular expression: %1</source>
        <translation>regulärer Ausdruck: %1</translation>
    </message>
    <message>
        <source>the range ends before it begins</source>
        <translation>der Bereich endet vor seinem Anfang</translation>
    </message>
    <message>
        <source>Treatment</source>
        <translation>Behandlung</translation>
    </message>
    <message>
        <source>keep as is: the tensor stays exactly as it is in the source</source>
        <translation>unverändert lassen: der Tensor bleibt genau wie in der Quelle</translation>
    </message>
    <message>
        <source>re-quantize</source>
        <translation>umquantisieren</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Storage type of the integers</source>
        <translation>Speichertyp der ganzen Zahlen</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>How many bits of their type the integers use: 7 gives -63 to 63. For kernels whose sums would overflow, and to see what fewer bits cost.</source>
        <translation>Wie viele Bits ihres Typs die ganzen Zahlen nutzen: 7 ergibt -63 bis 63. Für Kernel, deren Summen überlaufen würden, und um zu sehen, was weniger Bits kosten.</translation>
    </message>
    <message>
        <source>Zero point</source>
        <translation>Nullpunkt</translation>
    </message>
    <message>
        <source>symmetric: 0 (uint8: 128). restricted: 0 or the type&apos;s lowest integer, so that the type acts as signed or unsigned. asymmetric: any.</source>
        <translation>symmetrisch: 0 (uint8: 128). eingeschränkt: 0 oder die kleinste Zahl des Typs, sodass der Typ vorzeichenbehaftet oder vorzeichenlos wirkt. asymmetrisch: beliebig.</translation>
    </message>
    <message>
        <source>0 (symmetric)</source>
        <translation>0 (symmetrisch)</translation>
    </message>
    <message>
        <source>0 or unsigned (restricted)</source>
        <translation>0 oder vorzeichenlos (eingeschränkt)</translation>
    </message>
    <message>
        <source>any (asymmetric)</source>
        <translation>beliebig (asymmetrisch)</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <source>Which scales are allowed</source>
        <translation>Welche Skalierungen erlaubt sind</translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>power of two</source>
        <translation>Zweierpotenz</translation>
    </message>
    <message>
        <source>power-of-two multiplier: any scale, but input scale x weight scale / output scale is 2^-n, so that a shift re-quantizes the sums</source>
        <translation>Multiplikator als Zweierpotenz: beliebige Skalierung, aber Eingangsskalierung x Gewichtsskalierung / Ausgangsskalierung ist 2^-n, sodass ein Schieben die Summen umquantisiert</translation>
    </message>
    <message>
        <source>Granularity</source>
        <translation>Granularität</translation>
    </message>
    <message>
        <source>One scale for the tensor or one for each output channel</source>
        <translation>Eine Skalierung für den Tensor oder eine für jeden Ausgangskanal</translation>
    </message>
    <message>
        <source>per-tensor</source>
        <translation>pro Tensor</translation>
    </message>
    <message>
        <source>per-channel</source>
        <translation>pro Kanal</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>narrow leaves out the lowest value, so that the range is symmetric: int8 -127 to 127</source>
        <translation>eng lässt den kleinsten Wert weg, sodass der Bereich symmetrisch ist: int8 -127 bis 127</translation>
    </message>
    <message>
        <source>full</source>
        <translation>voll</translation>
    </message>
    <message>
        <source>narrow</source>
        <translation>eng</translation>
    </message>
    <message>
        <source>Tied grids</source>
        <translation>Kopplung</translation>
    </message>
    <message>
        <source>cut: the output gets a grid of its own where an operator of one grid (CONCATENATION, pooling ...) ties it to others; a requantize operator stands between</source>
        <translation>trennen: der Ausgang bekommt ein eigenes Raster, wo ein Operator mit nur einem Raster (CONCATENATION, Pooling ...) ihn an andere koppelt; dazwischen steht ein Requantize-Operator</translation>
    </message>
    <message>
        <source>share one grid</source>
        <translation>ein Raster teilen</translation>
    </message>
    <message>
        <source>cut off</source>
        <translation>abtrennen</translation>
    </message>
    <message>
        <source>Weight correction</source>
        <translation>Gewichtskorrektur</translation>
    </message>
    <message>
        <source>Weights absorb scale ratios, so that only the multiplier must be a power of two</source>
        <translation>Gewichte nehmen Skalierungsverhältnisse auf, sodass nur der Multiplikator eine Zweierpotenz sein muss</translation>
    </message>
    <message>
        <source>Scale search</source>
        <translation>Skalierungssuche</translation>
    </message>
    <message>
        <source>Weight scales are chosen by the expected output error instead of by the largest weight</source>
        <translation>Gewichtsskalierungen werden nach dem erwarteten Ausgangsfehler gewählt statt nach dem größten Gewicht</translation>
    </message>
    <message>
        <source>Error folding</source>
        <translation>Fehlereinrechnung</translation>
    </message>
    <message>
        <source>The expected output shift of weight rounding is folded into the bias</source>
        <translation>Die erwartete Ausgangsverschiebung durch das Runden der Gewichte wird in den Bias eingerechnet</translation>
    </message>
    <message>
        <source>Zero-point folding</source>
        <translation>Nullpunkteinrechnung</translation>
    </message>
    <message>
        <source>Symmetric int8 keeps 256 integers: zero points move into biases</source>
        <translation>Symmetrisches int8 behält 256 ganze Zahlen: Nullpunkte wandern in die Biase</translation>
    </message>
    <message>
        <source>Rounding search</source>
        <translation>Rundungssuche</translation>
    </message>
    <message>
        <source>Each weight&apos;s rounding is chosen by the layer&apos;s output error</source>
        <translation>Die Rundung jedes Gewichts wird nach dem Ausgangsfehler der Schicht gewählt</translation>
    </message>
    <message>
        <source>Empirical folding</source>
        <translation>Empirische Einrechnung</translation>
    </message>
    <message>
        <source>Biases are corrected by what the converted layers really give; needs samples</source>
        <translation>Biase werden nach dem korrigiert, was die umgewandelten Schichten wirklich liefern; braucht Beispieldaten</translation>
    </message>
    <message>
        <source>Equalization</source>
        <translation>Kanalausgleich</translation>
    </message>
    <message>
        <source>Factors of single channels move into the next layer&apos;s weights</source>
        <translation>Faktoren einzelner Kanäle wandern in die Gewichte der nächsten Schicht</translation>
    </message>
    <message>
        <source>%1 on</source>
        <translation>%1 an</translation>
    </message>
    <message>
        <source>%1 off</source>
        <translation>%1 aus</translation>
    </message>
    <message>
        <source>%1, not quantized</source>
        <translation>%1, nicht quantisiert</translation>
    </message>
    <message>
        <source>%1 scales from %2 to %3 along dimension %4</source>
        <translation>%1 Skalierungen von %2 bis %3 entlang Dimension %4</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>Skalierung %1</translation>
    </message>
    <message>
        <source>zero point %1</source>
        <translation>Nullpunkt %1</translation>
    </message>
    <message>
        <source>zero points per channel</source>
        <translation>Nullpunkte pro Kanal</translation>
    </message>
    <message>
        <source>symmetric</source>
        <translation>symmetrisch</translation>
    </message>
    <message>
        <source>asymmetric</source>
        <translation>asymmetrisch</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>becomes</source>
        <translation>wird</translation>
    </message>
    <message>
        <source>because</source>
        <translation>weil</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
    <message>
        <source>Subgraph %1</source>
        <translation>Teilgraph %1</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingang</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>Operator</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Constant %1</source>
        <translation>Konstante %1</translation>
    </message>
    <message>
        <source>Input %1</source>
        <translation>Eingang %1</translation>
    </message>
    <message>
        <source>Scope</source>
        <translation>Namensraum</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>Enthält</translation>
    </message>
    <message>
        <source>Tensor</source>
        <translation>Tensor</translation>
    </message>
    <message>
        <source>Way</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>weight rounding</source>
        <translation>Runden der Gewichte</translation>
    </message>
    <message>
        <source>clipping</source>
        <translation>Abschneiden</translation>
    </message>
    <message>
        <source>bias correction</source>
        <translation>Bias-Korrektur</translation>
    </message>
    <message>
        <source>bias rounding</source>
        <translation>Runden des Bias</translation>
    </message>
    <message>
        <source>input grid</source>
        <translation>Eingangsraster</translation>
    </message>
    <message>
        <source>output grid</source>
        <translation>Ausgangsraster</translation>
    </message>
    <message>
        <source>multiplier</source>
        <translation>Multiplikator</translation>
    </message>
    <message>
        <source>arithmetic</source>
        <translation>Arithmetik</translation>
    </message>
    <message>
        <source>inserted operators</source>
        <translation>eingefügte Operatoren</translation>
    </message>
    <message>
        <source>causes together</source>
        <translation>Ursachen zusammen</translation>
    </message>
    <message>
        <source>not split</source>
        <translation>nicht aufgeteilt</translation>
    </message>
    <message>
        <source>naive: %1</source>
        <translation>naiv: %1</translation>
    </message>
    <message>
        <source>Weight error</source>
        <translation>Gewichtsfehler</translation>
    </message>
    <message>
        <source>Activation error</source>
        <translation>Aktivierungsfehler</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Verschiebung</translation>
    </message>
    <message>
        <source>Causes</source>
        <translation>Ursachen</translation>
    </message>
    <message>
        <source>output scale</source>
        <translation>Ausgangsskalierung</translation>
    </message>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>RMS (steps)</source>
        <translation>RMS (Schritte)</translation>
    </message>
    <message>
        <source>cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>saturated (%)</source>
        <translation>gesättigt (%)</translation>
    </message>
    <message>
        <source>shift (steps)</source>
        <translation>Verschiebung (Schritte)</translation>
    </message>
    <message>
        <source>error (steps²)</source>
        <translation>Fehler (Schritte²)</translation>
    </message>
    <message>
        <source>one grid line per power of two</source>
        <translation>eine Gitterlinie je Zweierpotenz</translation>
    </message>
    <message>
        <source>SQNR (dB), higher is better</source>
        <translation>SQNR (dB), höher ist besser</translation>
    </message>
    <message>
        <source>RMS error in steps, lower is better; ideal rounding gives 0.289</source>
        <translation>RMS-Fehler in Schritten, niedriger ist besser; ideales Runden ergibt 0.289</translation>
    </message>
    <message>
        <source>cosine similarity, 1 is best</source>
        <translation>Kosinus-Ähnlichkeit, 1 ist am besten</translation>
    </message>
    <message>
        <source>values cut off at the new range&apos;s ends, lower is better</source>
        <translation>an den Enden des neuen Bereichs abgeschnittene Werte, niedriger ist besser</translation>
    </message>
    <message>
        <source>largest mean shift of a channel in steps, lower is better</source>
        <translation>größte mittlere Verschiebung eines Kanals in Schritten, niedriger ist besser</translation>
    </message>
    <message>
        <source>each layer alone, lower is better; hatched: without algorithms, full: as the recipe says</source>
        <translation>jede Schicht allein, niedriger ist besser; schraffiert: ohne Algorithmen, voll: wie das Rezept sagt</translation>
    </message>
    <message>
        <source>Scale of every layer&apos;s output in the source and after conversion</source>
        <translation>Skalierung des Ausgangs jeder Schicht in der Quelle und nach der Umwandlung</translation>
    </message>
    <message>
        <source>How far the converted weights are from the source&apos;s: signal to noise ratio, more is better</source>
        <translation>Wie weit die umgewandelten Gewichte von denen der Quelle entfernt sind: Signal-Rausch-Verhältnis, mehr ist besser</translation>
    </message>
    <message>
        <source>How far every layer&apos;s output is from the source&apos;s on the samples: alone and in the whole network</source>
        <translation>Wie weit der Ausgang jeder Schicht auf den Beispielen von dem der Quelle entfernt ist: allein und im ganzen Netz</translation>
    </message>
    <message>
        <source>Error of every layer&apos;s output in steps of its new scale; ideal rounding gives 0.29</source>
        <translation>Fehler des Ausgangs jeder Schicht in Schritten seiner neuen Skalierung; ideales Runden ergibt 0.29</translation>
    </message>
    <message>
        <source>Cosine of the angle between a layer&apos;s output and the source&apos;s: 1 is the same direction</source>
        <translation>Kosinus des Winkels zwischen dem Ausgang einer Schicht und dem der Quelle: 1 ist dieselbe Richtung</translation>
    </message>
    <message>
        <source>Share of a layer&apos;s values at the ends of its new range that the source did not have at its own</source>
        <translation>Anteil der Werte einer Schicht an den Enden ihres neuen Bereichs, die die Quelle nicht an den ihren hatte</translation>
    </message>
    <message>
        <source>The channel whose mean moved farthest: what a corrected bias would take back</source>
        <translation>Der Kanal, dessen Mittel sich am weitesten verschob: was ein korrigierter Bias zurücknähme</translation>
    </message>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>exact: no error at all</source>
        <translation>exakt: gar kein Fehler</translation>
    </message>
    <message>
        <source>this layer alone</source>
        <translation>diese Schicht allein</translation>
    </message>
    <message>
        <source>end to end</source>
        <translation>Ende zu Ende</translation>
    </message>
    <message>
        <source>%1 minus %2: %3</source>
        <translation>%1 minus %2: %3</translation>
    </message>
    <message>
        <source>What each layer&apos;s own error is made of: rounded weights, cut-off weights, the output&apos;s grid and more</source>
        <translation>Woraus der eigene Fehler jeder Schicht besteht: gerundete Gewichte, abgeschnittene Gewichte, das Raster des Ausgangs und mehr</translation>
    </message>
    <message>
        <source>&lt; 0.0001 steps²</source>
        <translation>&lt; 0.0001 Schritte²</translation>
    </message>
    <message>
        <source>&gt; -0.0001 steps²</source>
        <translation>&gt; -0.0001 Schritte²</translation>
    </message>
</context>
<context>
    <name>requant::AlgorithmsForm</name>
    <message>
        <source>Algorithms</source>
        <translation>Algorithmen</translation>
    </message>
    <message>
        <source>different values</source>
        <translation>gemischt</translation>
    </message>
    <message>
        <source>not said</source>
        <translation>nicht gesagt</translation>
    </message>
    <message>
        <source>on</source>
        <translation>an</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
</context>
<context>
    <name>requant::Banner</name>
    <message>
        <source>Dismiss message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>requant::Causes</name>
    <message>
        <source>Splitting errors by cause</source>
        <translation>Fehler aufteilen</translation>
    </message>
</context>
<context>
    <name>requant::CausesPage</name>
    <message>
        <source>naive: %1
now: %2</source>
        <translation>naiv: %1
jetzt: %2</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>Cancel measuring the causes</source>
        <translation>Messen der Ursachen abbrechen</translation>
    </message>
    <message>
        <source>Measure the causes</source>
        <translation>Ursachen messen</translation>
    </message>
    <message>
        <source>Being measured…</source>
        <translation>Wird gemessen…</translation>
    </message>
    <message>
        <source>Each layer is fed with the source&apos;s values, and one cause after another is exchanged.</source>
        <translation>Jede Schicht bekommt die Werte der Quelle, und eine Ursache nach der anderen wird ausgetauscht.</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Measure starts again.</source>
        <translation>Messen beginnt von Neuem.</translation>
    </message>
    <message>
        <source>Could not be measured</source>
        <translation>Nicht messbar</translation>
    </message>
    <message>
        <source>Causes in</source>
        <translation>Ursachen in</translation>
    </message>
    <message>
        <source>Steps²</source>
        <translation>Schritten²</translation>
    </message>
    <message>
        <source>Percent</source>
        <translation>Prozent</translation>
    </message>
    <message>
        <source>How large the error is</source>
        <translation>Wie groß der Fehler ist</translation>
    </message>
    <message>
        <source>What share of the layer&apos;s error each cause has</source>
        <translation>Welchen Anteil jede Ursache am Fehler der Schicht hat</translation>
    </message>
    <message>
        <source>share (%)</source>
        <translation>Anteil (%)</translation>
    </message>
</context>
<context>
    <name>requant::ChannelChart</name>
    <message>
        <source>channel</source>
        <translation>Kanal</translation>
    </message>
</context>
<context>
    <name>requant::ChannelFacts</name>
    <message>
        <source>scale %1 → %2</source>
        <translation>Skalierung %1 → %2</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>Skalierung %1</translation>
    </message>
    <message>
        <source>weights %1</source>
        <translation>Gewichte %1</translation>
    </message>
    <message>
        <source>output shift %1</source>
        <translation>Ausgangsverschiebung %1</translation>
    </message>
    <message>
        <source>channel %1: %2</source>
        <translation>Kanal %1: %2</translation>
    </message>
</context>
<context>
    <name>requant::ChartTable</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
</context>
<context>
    <name>requant::ChartsPanel</name>
    <message>
        <source>Charts</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Show the variant that is compared with too</source>
        <translation>Auch die verglichene Variante zeigen</translation>
    </message>
    <message>
        <source>Show all (Home)</source>
        <translation>Alles zeigen (Pos1)</translation>
    </message>
    <message>
        <source>Numbers as a table</source>
        <translation>Zahlen als Tabelle</translation>
    </message>
    <message>
        <source>Save or copy</source>
        <translation>Speichern oder kopieren</translation>
    </message>
    <message>
        <source>Save picture as &amp;PNG…</source>
        <translation>Bild als &amp;PNG speichern…</translation>
    </message>
    <message>
        <source>Save picture as &amp;SVG…</source>
        <translation>Bild als &amp;SVG speichern…</translation>
    </message>
    <message>
        <source>Save table as &amp;CSV…</source>
        <translation>Tabelle als &amp;CSV speichern…</translation>
    </message>
    <message>
        <source>&amp;Copy picture</source>
        <translation>Bild &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;table</source>
        <translation>&amp;Tabelle kopieren</translation>
    </message>
    <message>
        <source>Numbers of the chart</source>
        <translation>Zahlen des Diagramms</translation>
    </message>
    <message>
        <source>Show the errors without algorithms too</source>
        <translation>Auch die Fehler ohne Algorithmen zeigen</translation>
    </message>
    <message>
        <source>%1. A click selects; the wheel or a dragged band looks closer, Home shows all.</source>
        <translation>%1. Ein Klick wählt aus; Rad oder aufgezogener Rahmen vergrößert, Pos1 zeigt alles.</translation>
    </message>
</context>
<context>
    <name>requant::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>Befehlspalette</translation>
    </message>
    <message>
        <source>Command or layer</source>
        <translation>Befehl oder Schicht</translation>
    </message>
    <message>
        <source>Type a command, a layer&apos;s name or its number</source>
        <translation>Befehl, Name oder Nummer einer Schicht eingeben</translation>
    </message>
    <message>
        <source>Commands and layers found</source>
        <translation>Gefundene Befehle und Schichten</translation>
    </message>
    <message>
        <source>%1 (on)</source>
        <translation>%1 (an)</translation>
    </message>
    <message>
        <source>%1 (off)</source>
        <translation>%1 (aus)</translation>
    </message>
</context>
<context>
    <name>requant::ComparePanel</name>
    <message>
        <source>Two &amp;graphs side by side</source>
        <translation>Zwei &amp;Graphen nebeneinander</translation>
    </message>
    <message>
        <source>Compare with &amp;file…</source>
        <translation>Mit Da&amp;tei vergleichen…</translation>
    </message>
    <message>
        <source>Close the compared &amp;file</source>
        <translation>Verglichene Datei s&amp;chließen</translation>
    </message>
    <message>
        <source>First layer whose local error &amp;jumps</source>
        <translation>Erste Schicht, deren lokaler Fehler &amp;springt</translation>
    </message>
    <message>
        <source>&amp;Worst difference first</source>
        <translation>&amp;Größter Unterschied zuerst</translation>
    </message>
    <message>
        <source>Save the matrix as &amp;CSV…</source>
        <translation>Matrix als CS&amp;V speichern…</translation>
    </message>
    <message>
        <source>Copy the &amp;matrix</source>
        <translation>&amp;Matrix kopieren</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>What is compared</source>
        <translation>Was verglichen wird</translation>
    </message>
    <message>
        <source>The difference is this one …</source>
        <translation>Der Unterschied ist diese …</translation>
    </message>
    <message>
        <source>… minus this one</source>
        <translation>… minus diese</translation>
    </message>
    <message>
        <source>Compare with file…</source>
        <translation>Mit Datei vergleichen…</translation>
    </message>
    <message>
        <source>First jump</source>
        <translation>Erster Sprung</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Nebeneinander</translation>
    </message>
    <message>
        <source>Layers and variants</source>
        <translation>Schichten und Varianten</translation>
    </message>
    <message>
        <source>Compare with file</source>
        <translation>Mit Datei vergleichen</translation>
    </message>
    <message>
        <source>Models (*.tflite *.onnx)</source>
        <translation>Modelle (*.tflite *.onnx)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Local errors are not measured yet; they need samples</source>
        <translation>Lokale Fehler sind noch nicht gemessen; sie brauchen Beispiele</translation>
    </message>
    <message>
        <source>No layer&apos;s local SQNR lies %1 dB below that of the layers before it</source>
        <translation>Bei keiner Schicht liegt das lokale SQNR %1 dB unter dem der Schichten davor</translation>
    </message>
    <message>
        <source>Add a variant (Ctrl+T) or open another file to compare with</source>
        <translation>Eine Variante hinzufügen (Strg+T) oder eine andere Datei zum Vergleichen öffnen</translation>
    </message>
</context>
<context>
    <name>requant::Comparison</name>
    <message>
        <source>%1 in %2</source>
        <translation>%1 in %2</translation>
    </message>
    <message>
        <source>local SQNR %1</source>
        <translation>lokales SQNR %1</translation>
    </message>
</context>
<context>
    <name>requant::Computation</name>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>Converting quickly</source>
        <translation>Schnell umwandeln</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Umwandeln</translation>
    </message>
    <message>
        <source>Running the source on samples</source>
        <translation>Quelle auf Beispielen ausführen</translation>
    </message>
    <message>
        <source>Preparing for edits</source>
        <translation>Auf Änderungen vorbereiten</translation>
    </message>
    <message>
        <source>Simulating a few samples</source>
        <translation>Einige Beispiele simulieren</translation>
    </message>
    <message>
        <source>Simulating</source>
        <translation>Simulieren</translation>
    </message>
</context>
<context>
    <name>requant::ConfigForm</name>
    <message>
        <source>not said</source>
        <translation>nicht gesagt</translation>
    </message>
    <message>
        <source>different values</source>
        <translation>gemischt</translation>
    </message>
    <message>
        <source>%1 of %2 tensors cannot: %3</source>
        <translation>%1 von %2 Tensoren können nicht: %3</translation>
    </message>
</context>
<context>
    <name>requant::ExportDialog</name>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>What was written and verified</source>
        <translation>Was geschrieben und geprüft wurde</translation>
    </message>
    <message>
        <source>Every written file is read again. The model is compared field by field with what was meant, the runtime&apos;s rules are verified on it, and it is simulated beside the conversion: its outputs must be equal byte by byte. Files are written under a temporary name and renamed when they are whole.</source>
        <translation>Jede geschriebene Datei wird wieder gelesen. Das Modell wird Feld für Feld mit dem Gemeinten verglichen, die Regeln der Laufzeitumgebung werden daran geprüft, und es wird neben der Umwandlung simuliert: seine Ausgaben müssen Byte für Byte gleich sein. Dateien werden unter einem vorläufigen Namen geschrieben und umbenannt, wenn sie vollständig sind.</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Where the files are written. A folder that does not exist is made.</source>
        <translation>Wohin die Dateien geschrieben werden. Ein Ordner, den es nicht gibt, wird angelegt.</translation>
    </message>
    <message>
        <source>Name without ending</source>
        <translation>Name ohne Endung</translation>
    </message>
    <message>
        <source>Every file gets this name and the ending of its format.</source>
        <translation>Jede Datei bekommt diesen Namen und die Endung ihres Formats.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Model (.tflite)</source>
        <translation>Modell (.tflite)</translation>
    </message>
    <message>
        <source>The re-quantized network as a TFLite file.</source>
        <translation>Das umquantisierte Netz als TFLite-Datei.</translation>
    </message>
    <message>
        <source>C array</source>
        <translation>C-Feld</translation>
    </message>
    <message>
        <source>The model&apos;s bytes as an array for microcontrollers, aligned to 16 bytes, with a header that tells inputs, outputs, their quantization and the operators to register.</source>
        <translation>Die Bytes des Modells als Feld für Mikrocontroller, auf 16 Byte ausgerichtet, mit einem Header, der Ein- und Ausgänge, ihre Quantisierung und die anzumeldenden Operatoren nennt.</translation>
    </message>
    <message>
        <source>Language of the C array</source>
        <translation>Sprache des C-Felds</translation>
    </message>
    <message>
        <source>C++ (.h and .cc)</source>
        <translation>C++ (.h und .cc)</translation>
    </message>
    <message>
        <source>C (.h and .c)</source>
        <translation>C (.h und .c)</translation>
    </message>
    <message>
        <source>Ending of the array&apos;s source. The text compiles as either language.</source>
        <translation>Endung der Quelle des Felds. Der Text lässt sich als beide Sprachen übersetzen.</translation>
    </message>
    <message>
        <source>Recipe (.recipe.json)</source>
        <translation>Rezept (.recipe.json)</translation>
    </message>
    <message>
        <source>The rules of this conversion, to be opened here or given to the command line.</source>
        <translation>Die Regeln dieser Umwandlung, um sie hier zu öffnen oder der Befehlszeile zu geben.</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>Schreiben</translation>
    </message>
    <message>
        <source>HTML</source>
        <translation>HTML</translation>
    </message>
    <message>
        <source>One page with charts, findings and a table of all layers; needs nothing else to be read.</source>
        <translation>Eine Seite mit Diagrammen, Befunden und einer Tabelle aller Schichten; braucht zum Lesen nichts weiter.</translation>
    </message>
    <message>
        <source>PDF</source>
        <translation>PDF</translation>
    </message>
    <message>
        <source>The same for print and for passing on.</source>
        <translation>Dasselbe zum Drucken und Weitergeben.</translation>
    </message>
    <message>
        <source>CSV</source>
        <translation>CSV</translation>
    </message>
    <message>
        <source>One line per layer, for spreadsheets.</source>
        <translation>Eine Zeile je Schicht, für Tabellenkalkulationen.</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Everything, for programs.</source>
        <translation>Alles, für Programme.</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation>Eingänge</translation>
    </message>
    <message>
        <source>What the written network takes. Another type than the network&apos;s own puts an operator in front of the first layer; between uint8 and int8 that loses nothing.</source>
        <translation>Was das geschriebene Netz annimmt. Ein anderer Typ als der eigene des Netzes setzt einen Operator vor die erste Schicht; zwischen uint8 und int8 geht dabei nichts verloren.</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>Ausgänge</translation>
    </message>
    <message>
        <source>What the written network gives. Another type than the network&apos;s own puts an operator behind the last layer; float32 gives real numbers.</source>
        <translation>Was das geschriebene Netz liefert. Ein anderer Typ als der eigene des Netzes setzt einen Operator hinter die letzte Schicht; float32 liefert reelle Zahlen.</translation>
    </message>
    <message>
        <source>As in the network</source>
        <translation>Wie im Netz</translation>
    </message>
    <message>
        <source>What will be in the model</source>
        <translation>Was im Modell sein wird</translation>
    </message>
    <message>
        <source>Counted on the network as it will be written: its operators, those that the conversion inserts, the schemes of its tensors, and its inputs and outputs.</source>
        <translation>Gezählt am Netz, wie es geschrieben wird: seine Operatoren, die von der Umwandlung eingefügten, die Schemata seiner Tensoren und seine Ein- und Ausgänge.</translation>
    </message>
    <message>
        <source>Folder to export to</source>
        <translation>Ordner für den Export</translation>
    </message>
    <message>
        <source>Will be replaced: %1</source>
        <translation>Wird ersetzt: %1</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>The conversion is not finished yet.</source>
        <translation>Die Umwandlung ist noch nicht fertig.</translation>
    </message>
    <message>
        <source>A name has no “/”; choose the folder above.</source>
        <translation>Ein Name hat kein „/“; den Ordner oben wählen.</translation>
    </message>
    <message>
        <source>The folder does not exist; it will be made.</source>
        <translation>Den Ordner gibt es nicht; er wird angelegt.</translation>
    </message>
    <message>
        <source>This name is the source model itself. Choose another.</source>
        <translation>Dieser Name ist das Quellmodell selbst. Bitte einen anderen wählen.</translation>
    </message>
    <message>
        <source>Cannot make the folder %1.</source>
        <translation>Der Ordner %1 lässt sich nicht anlegen.</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>Schreibt…</translation>
    </message>
    <message>
        <source>Not written.</source>
        <translation>Nicht geschrieben.</translation>
    </message>
</context>
<context>
    <name>requant::FactsView</name>
    <message>
        <source>%1 tables</source>
        <translation>%1 Tabellen</translation>
    </message>
    <message>
        <source>%1 to %2, %3 channels</source>
        <translation>%1 bis %2, %3 Kanäle</translation>
    </message>
    <message>
        <source>per channel</source>
        <translation>pro Kanal</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>Facts of the layer</source>
        <translation>Angaben zur Schicht</translation>
    </message>
    <message>
        <source>Click or press Enter to select this layer</source>
        <translation>Klick oder Eingabetaste wählt diese Schicht</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <source>Zero point</source>
        <translation>Nullpunkt</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>Absorbed ratio</source>
        <translation>Aufgenommenes Verhältnis</translation>
    </message>
    <message>
        <source>An integer means scale x (q - zero point) x this ratio: weight correction moved it into weights</source>
        <translation>Eine ganze Zahl bedeutet Skalierung x (q - Nullpunkt) x dieses Verhältnis: die Gewichtskorrektur hat es in Gewichte verschoben</translation>
    </message>
    <message>
        <source>Folded offset</source>
        <translation>Eingerechneter Versatz</translation>
    </message>
    <message>
        <source>Added to what the declared grid says: the source&apos;s zero point, moved into biases</source>
        <translation>Kommt zu dem hinzu, was das angegebene Raster sagt: der Nullpunkt der Quelle, in Biase verschoben</translation>
    </message>
    <message>
        <source>Channel factors</source>
        <translation>Kanalfaktoren</translation>
    </message>
    <message>
        <source>%1 of %2, up to %3</source>
        <translation>%1 von %2, bis %3</translation>
    </message>
    <message>
        <source>These channels mean that many times what the grid says: equalization moved the factor into the weights that read them</source>
        <translation>Diese Kanäle bedeuten das Vielfache dessen, was das Raster sagt: der Kanalausgleich hat den Faktor in die Gewichte verschoben, die sie lesen</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>In the file</source>
        <translation>In der Datei</translation>
    </message>
    <message>
        <source>While the network runs</source>
        <translation>Während das Netz läuft</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Nach</translation>
    </message>
    <message>
        <source>Select a layer to see its facts.</source>
        <translation>Eine Schicht auswählen, um ihre Angaben zu sehen.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Operators</source>
        <translation>Operatoren</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>Subgraphs</source>
        <translation>Teilgraphen</translation>
    </message>
    <message>
        <source>File size</source>
        <translation>Dateigröße</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Input %1</source>
        <translation>Eingang %1</translation>
    </message>
    <message>
        <source>Output %1</source>
        <translation>Ausgang %1</translation>
    </message>
    <message>
        <source>%1, layer #%2, version %3</source>
        <translation>%1, Schicht #%2, Version %3</translation>
    </message>
    <message>
        <source> – %1 layers selected</source>
        <translation> – %1 Schichten ausgewählt</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>Bias</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingang</translation>
    </message>
    <message>
        <source>of the recipe before</source>
        <translation>zum vorigen Rezept</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>RMS error</source>
        <translation>RMS-Fehler</translation>
    </message>
    <message>
        <source>Largest error</source>
        <translation>Größter Fehler</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Saturated</source>
        <translation>Gesättigt</translation>
    </message>
    <message>
        <source>Weight error</source>
        <translation>Gewichtsfehler</translation>
    </message>
    <message>
        <source>Output error, this layer alone</source>
        <translation>Ausgangsfehler, diese Schicht allein</translation>
    </message>
    <message>
        <source>Output error, end to end</source>
        <translation>Ausgangsfehler, Ende zu Ende</translation>
    </message>
</context>
<context>
    <name>requant::FileRoads</name>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Locate…</source>
        <translation>Suchen…</translation>
    </message>
    <message>
        <source>%1 is about the model %2, which is not there.</source>
        <translation>%1 handelt vom Modell %2, das nicht da ist.</translation>
    </message>
    <message>
        <source>%1 is not the file it was when the project was saved (SHA-256 %2… then, %3… now). The recipes are kept; look at the numbers anew.</source>
        <translation>%1 ist nicht mehr die Datei, die es beim Speichern des Projekts war (SHA-256 damals %2…, jetzt %3…). Die Rezepte bleiben; die Zahlen bitte neu ansehen.</translation>
    </message>
    <message>
        <source>%1 is open elsewhere (%2). It can be saved under another name.</source>
        <translation>%1 ist anderswo geöffnet (%2). Es kann unter einem anderen Namen gespeichert werden.</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>anderes Programm</translation>
    </message>
    <message>
        <source>Locate %1</source>
        <translation>%1 suchen</translation>
    </message>
    <message>
        <source>TensorFlow Lite models (*.tflite)</source>
        <translation>TensorFlow-Lite-Modelle (*.tflite)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Save project</source>
        <translation>Projekt speichern</translation>
    </message>
    <message>
        <source>Requant projects (*.requant)</source>
        <translation>Requant-Projekte (*.requant)</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Save the project before restoring the edits?</source>
        <translation>Das Projekt speichern, bevor die Änderungen wiederhergestellt werden?</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Requant Studio ended without saving edits of %1 (%2).</source>
        <translation>Requant Studio endete, ohne Änderungen von %1 (%2) zu speichern.</translation>
    </message>
    <message>
        <source>Save the project before opening %1?</source>
        <translation>Das Projekt speichern, bevor %1 geöffnet wird?</translation>
    </message>
    <message>
        <source>The sample model is not installed.</source>
        <translation>Das Beispielmodell ist nicht installiert.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Models and projects (*.tflite *.onnx *.requant)</source>
        <translation>Modelle und Projekte (*.tflite *.onnx *.requant)</translation>
    </message>
    <message>
        <source>Open recipe</source>
        <translation>Rezept öffnen</translation>
    </message>
    <message>
        <source>Recipes (*.json)</source>
        <translation>Rezepte (*.json)</translation>
    </message>
    <message>
        <source>Save recipe</source>
        <translation>Rezept speichern</translation>
    </message>
    <message>
        <source>Unsaved edits</source>
        <translation>Ungespeicherte Änderungen</translation>
    </message>
    <message>
        <source>The edits of %1 are not saved.</source>
        <translation>Die Änderungen von %1 sind nicht gespeichert.</translation>
    </message>
    <message>
        <source>&amp;Save project…</source>
        <translation>Projekt &amp;speichern…</translation>
    </message>
    <message>
        <source>&amp;Save project</source>
        <translation>Projekt &amp;speichern</translation>
    </message>
    <message>
        <source>Clear list</source>
        <translation>Liste leeren</translation>
    </message>
    <message>
        <source>Save the project before closing?</source>
        <translation>Das Projekt vor dem Schließen speichern?</translation>
    </message>
</context>
<context>
    <name>requant::GraphPanel</name>
    <message>
        <source>Graph</source>
        <translation>Graph</translation>
    </message>
    <message>
        <source>Subgraphs</source>
        <translation>Teilgraphen</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Fit graph</source>
        <translation>Graph einpassen</translation>
    </message>
    <message>
        <source>Zoom to selection</source>
        <translation>Auswahl einpassen</translation>
    </message>
    <message>
        <source>Search graph</source>
        <translation>Graph durchsuchen</translation>
    </message>
    <message>
        <source>Graph from left to right</source>
        <translation>Graph von links nach rechts</translation>
    </message>
    <message>
        <source>Types and scales at lines</source>
        <translation>Typen und Skalierungen an Linien</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Name scopes</source>
        <translation>Namensräume</translation>
    </message>
    <message>
        <source>Shape of the graph</source>
        <translation>Gestalt des Graphen</translation>
    </message>
    <message>
        <source>Direction, labels, overview and name scopes</source>
        <translation>Richtung, Beschriftungen, Übersicht und Namensräume</translation>
    </message>
    <message>
        <source>Open all</source>
        <translation>Alle öffnen</translation>
    </message>
    <message>
        <source>No layer&apos;s name has a scope</source>
        <translation>Kein Schichtname hat einen Namensraum</translation>
    </message>
    <message>
        <source>Collapse outermost scopes</source>
        <translation>Äußerste Namensräume zuklappen</translation>
    </message>
    <message>
        <source>Collapse scopes of level %1</source>
        <translation>Namensräume der Ebene %1 zuklappen</translation>
    </message>
    <message>
        <source>Colour the graph by</source>
        <translation>Graph einfärben nach</translation>
    </message>
    <message>
        <source>Kind of operator</source>
        <translation>Art des Operators</translation>
    </message>
    <message>
        <source>Local or cumulative</source>
        <translation>Lokal oder kumulativ</translation>
    </message>
    <message>
        <source>Each layer alone, fed with the source&apos;s activations, or the whole network converted</source>
        <translation>Jede Schicht allein, mit den Aktivierungen der Quelle gespeist, oder das ganze Netz umgewandelt</translation>
    </message>
    <message>
        <source>Local</source>
        <translation>Lokal</translation>
    </message>
    <message>
        <source>Cumulative</source>
        <translation>Kumulativ</translation>
    </message>
    <message>
        <source>%1 (main)</source>
        <translation>%1 (Haupt)</translation>
    </message>
    <message>
        <source>Subgraph %1, %2 operators</source>
        <translation>Teilgraph %1, %2 Operatoren</translation>
    </message>
</context>
<context>
    <name>requant::GraphView</name>
    <message>
        <source>Scope %1, %2</source>
        <translation>Namensraum %1, %2</translation>
    </message>
    <message>
        <source>Graph</source>
        <translation>Graph</translation>
    </message>
    <message>
        <source>The network&apos;s operators from input to output. Click selects, Ctrl+click adds, Shift+drag selects an area, drag moves, the wheel zooms, arrow keys walk along the edges, F shows everything, Z the selection, C collapses the current layer&apos;s name scope and Enter opens it again, E shows types and scales at the lines.</source>
        <translation>Die Operatoren des Netzes vom Eingang zum Ausgang. Klick wählt aus, Strg+Klick fügt hinzu, Umschalt+Ziehen wählt einen Bereich, Ziehen verschiebt, das Rad vergrößert, Pfeiltasten gehen die Kanten entlang, F zeigt alles, Z die Auswahl, C klappt den Namensraum der aktuellen Schicht zu und die Eingabetaste öffnet ihn wieder, E zeigt Typen und Skalierungen an den Linien.</translation>
    </message>
    <message>
        <source>Open a model, or drop a .tflite file here</source>
        <translation>Ein Modell öffnen oder eine .tflite-Datei hierher ziehen</translation>
    </message>
    <message>
        <source>Laying out the graph</source>
        <translation>Graph anordnen</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Open scope %1</source>
        <translation>Namensraum %1 öffnen</translation>
    </message>
    <message>
        <source>Go to subgraph %1</source>
        <translation>Zu Teilgraph %1 gehen</translation>
    </message>
    <message>
        <source>Collapse scope %1 (%2)</source>
        <translation>Namensraum %1 zuklappen (%2)</translation>
    </message>
    <message>
        <source>Open all scopes</source>
        <translation>Alle Namensräume öffnen</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>Zoom to selection</source>
        <translation>Auswahl einpassen</translation>
    </message>
    <message>
        <source>Find...</source>
        <translation>Suchen...</translation>
    </message>
    <message>
        <source>Copy picture</source>
        <translation>Bild kopieren</translation>
    </message>
    <message>
        <source>Save picture...</source>
        <translation>Bild speichern...</translation>
    </message>
    <message>
        <source>Types and scales at lines</source>
        <translation>Typen und Skalierungen an Linien</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation>Bild speichern</translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation>PNG-Bild (*.png)</translation>
    </message>
    <message>
        <source>SVG drawing (*.svg)</source>
        <translation>SVG-Zeichnung (*.svg)</translation>
    </message>
    <message>
        <source>The picture was not written to %1: %2</source>
        <translation>Das Bild wurde nicht nach %1 geschrieben: %2</translation>
    </message>
</context>
<context>
    <name>requant::HelpCentre</name>
    <message>
        <source>Jobs</source>
        <translation>Aufgaben</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Jobs (%1)</source>
        <translation>Aufgaben (%1)</translation>
    </message>
    <message>
        <source>&amp;Explanations</source>
        <translation>&amp;Erklärungen</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;Tour of the window</source>
        <translation>&amp;Rundgang durch das Fenster</translation>
    </message>
    <message>
        <source>The window</source>
        <translation>Das Fenster</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
</context>
<context>
    <name>requant::HelpPanel</name>
    <message>
        <source>Find a word</source>
        <translation>Wort suchen</translation>
    </message>
    <message>
        <source>Topics</source>
        <translation>Themen</translation>
    </message>
    <message>
        <source>Explanation</source>
        <translation>Erklärung</translation>
    </message>
</context>
<context>
    <name>requant::HistogramChart</name>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>count</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>before: %L1</source>
        <translation>vorher: %L1</translation>
    </message>
    <message>
        <source>after: %L1</source>
        <translation>nachher: %L1</translation>
    </message>
</context>
<context>
    <name>requant::HistogramPage</name>
    <message>
        <source>Histogram of</source>
        <translation>Histogramm von</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>Ausgänge</translation>
    </message>
    <message>
        <source>The layer&apos;s weights as the two files store them</source>
        <translation>Die Gewichte der Schicht, wie die beiden Dateien sie speichern</translation>
    </message>
    <message>
        <source>The source&apos;s output values on the samples, with the ends of the old (dotted) and the new range (dashed)</source>
        <translation>Die Ausgabewerte der Quelle auf den Beispielen, mit den Enden des alten (gepunktet) und des neuen Bereichs (gestrichelt)</translation>
    </message>
    <message>
        <source>weights as stored; dashed: ends of the new range</source>
        <translation>Gewichte wie gespeichert; gestrichelt: Enden des neuen Bereichs</translation>
    </message>
    <message>
        <source>source&apos;s values; dashed: ends of the new range</source>
        <translation>Werte der Quelle; gestrichelt: Enden des neuen Bereichs</translation>
    </message>
    <message>
        <source>Counting values</source>
        <translation>Werte zählen</translation>
    </message>
    <message>
        <source>weights of %1</source>
        <translation>Gewichte von %1</translation>
    </message>
    <message>
        <source>outputs of %1</source>
        <translation>Ausgaben von %1</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Open a .tflite file to see its layers here.</source>
        <translation>Eine .tflite-Datei öffnen, um ihre Schichten hier zu sehen.</translation>
    </message>
    <message>
        <source>No layer selected</source>
        <translation>Keine Schicht ausgewählt</translation>
    </message>
    <message>
        <source>Select a layer in table, graph or charts to see how often its values occur.</source>
        <translation>Eine Schicht in Tabelle, Graph oder Diagrammen auswählen, um zu sehen, wie oft ihre Werte vorkommen.</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>Zählt…</translation>
    </message>
    <message>
        <source>No weights</source>
        <translation>Keine Gewichte</translation>
    </message>
    <message>
        <source>The selected layer has no constant weights; its outputs can be counted.</source>
        <translation>Die ausgewählte Schicht hat keine konstanten Gewichte; ihre Ausgaben können gezählt werden.</translation>
    </message>
    <message>
        <source>Not counted</source>
        <translation>Nicht gezählt</translation>
    </message>
    <message>
        <source>Values are counted on sample inputs: a .npy file, a folder of pictures or a raw file.</source>
        <translation>Werte werden auf Beispieleingaben gezählt: einer .npy-Datei, einem Ordner mit Bildern oder einer Rohdatei.</translation>
    </message>
    <message>
        <source>Only 8-bit outputs that the samples reach are counted.</source>
        <translation>Nur 8-Bit-Ausgaben, die die Beispiele erreichen, werden gezählt.</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>Histogramm</translation>
    </message>
    <message>
        <source>How often the values of the selected layer occur</source>
        <translation>Wie oft die Werte der ausgewählten Schicht vorkommen</translation>
    </message>
</context>
<context>
    <name>requant::HistogramView</name>
    <message>
        <source>Histogram of the weights</source>
        <translation>Histogramm der Gewichte</translation>
    </message>
    <message>
        <source>Weights before and after, log. count</source>
        <translation>Gewichte vorher und nachher, Anzahl log.</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>%1 to %2
before: %L3</source>
        <translation>%1 bis %2
vorher: %L3</translation>
    </message>
    <message>
        <source>
after: %L1</source>
        <translation>
nachher: %L1</translation>
    </message>
</context>
<context>
    <name>requant::Inspector</name>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Scheme</source>
        <translation>Schema</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Options, tensors and errors of the current layer</source>
        <translation>Optionen, Tensoren und Fehler der aktuellen Schicht</translation>
    </message>
    <message>
        <source>What the recipe asks of the selected layers</source>
        <translation>Was das Rezept von den ausgewählten Schichten verlangt</translation>
    </message>
    <message>
        <source>Histogram, scales and errors of the current layer&apos;s weights by channel</source>
        <translation>Histogramm, Skalierungen und Fehler der Gewichte der aktuellen Schicht nach Kanal</translation>
    </message>
    <message>
        <source>Constraints and adjustments behind the current layer&apos;s grids</source>
        <translation>Bedingungen und Anpassungen hinter den Rastern der aktuellen Schicht</translation>
    </message>
</context>
<context>
    <name>requant::IssuesModel</name>
    <message>
        <source>power-of-two scale</source>
        <translation>Skalierung als Zweierpotenz</translation>
    </message>
    <message>
        <source>power-of-two multiplier</source>
        <translation>Multiplikator als Zweierpotenz</translation>
    </message>
    <message>
        <source>%1 bits</source>
        <translation>%1 Bit</translation>
    </message>
    <message>
        <source>narrow range</source>
        <translation>enger Bereich</translation>
    </message>
    <message>
        <source>kept as is</source>
        <translation>unverändert gelassen</translation>
    </message>
    <message>
        <source>%1 (asked: %2; is: %3)</source>
        <translation>%1 (verlangt: %2; ist: %3)</translation>
    </message>
    <message>
        <source>Adjusted</source>
        <translation>Angepasst</translation>
    </message>
    <message>
        <source>Requantize</source>
        <translation>Requantize</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>What and why</source>
        <translation>Was und warum</translation>
    </message>
    <message>
        <source>%1; it loses nothing</source>
        <translation>%1; er verliert nichts</translation>
    </message>
    <message>
        <source>%1; its output is within %2 of what it reads</source>
        <translation>%1; sein Ausgang liegt innerhalb von %2 dessen, was er liest</translation>
    </message>
</context>
<context>
    <name>requant::IssuesPanel</name>
    <message>
        <source>Selected layers only</source>
        <translation>Nur ausgewählte Schichten</translation>
    </message>
    <message>
        <source>Kinds of issues</source>
        <translation>Arten von Problemen</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Adjusted wishes</source>
        <translation>Angepasste Wünsche</translation>
    </message>
    <message>
        <source>Requantize operators</source>
        <translation>Requantize-Operatoren</translation>
    </message>
    <message>
        <source>Issues</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Nothing to report</source>
        <translation>Nichts zu melden</translation>
    </message>
    <message>
        <source>Errors, wishes that a constraint changed and inserted requantize operators appear here.</source>
        <translation>Fehler, durch eine Bedingung geänderte Wünsche und eingefügte Requantize-Operatoren erscheinen hier.</translation>
    </message>
</context>
<context>
    <name>requant::JobStatus</name>
    <message>
        <source>Job progress</source>
        <translation>Fortschritt der Aufgabe</translation>
    </message>
    <message>
        <source>Cancel job</source>
        <translation>Aufgabe abbrechen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>requant::JobsModel</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>dauerte %1</translation>
    </message>
    <message>
        <source>cancelled after %1</source>
        <translation>abgebrochen nach %1</translation>
    </message>
    <message>
        <source>overtaken after %1</source>
        <translation>überholt nach %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>%1 remaining</source>
        <translation>noch %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>overtaken by a newer edit</source>
        <translation>von neuerer Änderung überholt</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
</context>
<context>
    <name>requant::JobsPanel</name>
    <message>
        <source>Cancel job</source>
        <translation>Aufgabe abbrechen</translation>
    </message>
    <message>
        <source>Cancel all</source>
        <translation>Alle abbrechen</translation>
    </message>
    <message>
        <source>Clear ended</source>
        <translation>Beendete entfernen</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Aufgaben</translation>
    </message>
    <message>
        <source>What is computed in the background. An edit makes older computations obsolete: they are overtaken. Delete cancels the selected job.</source>
        <translation>Was im Hintergrund berechnet wird. Eine Änderung macht ältere Berechnungen überflüssig: sie werden überholt. Entf bricht die ausgewählte Aufgabe ab.</translation>
    </message>
    <message>
        <source>Stops the selected job; what it would have replaced stays and is marked as old</source>
        <translation>Hält die ausgewählte Aufgabe an; was sie ersetzt hätte, bleibt und wird als veraltet markiert</translation>
    </message>
    <message>
        <source>Stops every job</source>
        <translation>Hält jede Aufgabe an</translation>
    </message>
    <message>
        <source>Takes jobs that have ended off the list</source>
        <translation>Nimmt beendete Aufgaben aus der Liste</translation>
    </message>
</context>
<context>
    <name>requant::LabelMeter</name>
    <message>
        <source>Opening labels</source>
        <translation>Labels öffnen</translation>
    </message>
    <message>
        <source>Comparing with labels</source>
        <translation>Mit Labels vergleichen</translation>
    </message>
    <message>
        <source>comparing with labels…</source>
        <translation>vergleicht mit Labels…</translation>
    </message>
    <message>
        <source>labels need samples</source>
        <translation>Labels brauchen Beispiele</translation>
    </message>
    <message>
        <source>top 1 %1 (source %2), top 5 %3 (source %4), %5</source>
        <translation>Top 1 %1 (Quelle %2), Top 5 %3 (Quelle %4), %5</translation>
    </message>
    <message>
        <source>before: %1</source>
        <translation>vorher: %1</translation>
    </message>
</context>
<context>
    <name>requant::LanguageMenu</name>
    <message>
        <source>Lan&amp;guage</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>Wie das S&amp;ystem</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>The language changes with the next start of Requant Studio.</source>
        <translation>Die Sprache wechselt beim nächsten Start von Requant Studio.</translation>
    </message>
</context>
<context>
    <name>requant::LayerChart</name>
    <message>
        <source>layer #</source>
        <translation>Schicht #</translation>
    </message>
</context>
<context>
    <name>requant::LayerPage</name>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>of the recipe before</source>
        <translation>zum vorigen Rezept</translation>
    </message>
    <message>
        <source>of the recipe before; computing…</source>
        <translation>zum vorigen Rezept; rechnet…</translation>
    </message>
    <message>
        <source>%1 (preliminary)</source>
        <translation>%1 (vorläufig)</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Open a .tflite file to see its layers here.</source>
        <translation>Eine .tflite-Datei öffnen, um ihre Schichten hier zu sehen.</translation>
    </message>
    <message>
        <source>No samples</source>
        <translation>Keine Beispiele</translation>
    </message>
    <message>
        <source>Activation errors are measured on sample inputs: a .npy file, a folder of pictures or a raw file.</source>
        <translation>Aktivierungsfehler werden auf Beispieleingaben gemessen: einer .npy-Datei, einem Ordner mit Bildern oder einer Rohdatei.</translation>
    </message>
    <message>
        <source>Not measured yet</source>
        <translation>Noch nicht gemessen</translation>
    </message>
    <message>
        <source>Numbers appear here as soon as they are computed.</source>
        <translation>Die Zahlen erscheinen hier, sobald sie berechnet sind.</translation>
    </message>
    <message>
        <source>Could not be measured</source>
        <translation>Nicht messbar</translation>
    </message>
    <message>
        <source>The reason is in the list of issues.</source>
        <translation>Der Grund steht in der Liste der Probleme.</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Run &gt; Compute (F5) measures it.</source>
        <translation>Ausführen &gt; Berechnen (F5) misst es.</translation>
    </message>
</context>
<context>
    <name>requant::LayerTable</name>
    <message>
        <source>Filter layers</source>
        <translation>Schichten filtern</translation>
    </message>
    <message>
        <source>Filter by name, operator, scheme or number</source>
        <translation>Nach Name, Operator, Schema oder Nummer filtern</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Standard columns</source>
        <translation>Standardspalten</translation>
    </message>
    <message>
        <source>Copy selected rows as CSV</source>
        <translation>Ausgewählte Zeilen als CSV kopieren</translation>
    </message>
    <message>
        <source>Copy all rows as CSV</source>
        <translation>Alle Zeilen als CSV kopieren</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Als CSV speichern…</translation>
    </message>
    <message>
        <source>Columns…</source>
        <translation>Spalten…</translation>
    </message>
    <message>
        <source>Save as CSV</source>
        <translation>Als CSV speichern</translation>
    </message>
    <message>
        <source>Comma-separated values (*.csv)</source>
        <translation>Kommagetrennte Werte (*.csv)</translation>
    </message>
</context>
<context>
    <name>requant::LayerTableModel</name>
    <message>
        <source>before: %1
after: %2</source>
        <translation>vorher: %1
nachher: %2</translation>
    </message>
    <message>
        <source>%1 of %2 outputs</source>
        <translation>%1 von %2 Ausgaben</translation>
    </message>
    <message>
        <source>%1 of %2 sums</source>
        <translation>%1 von %2 Summen</translation>
    </message>
    <message>
        <source>of the recipe before the last edit</source>
        <translation>zum Rezept vor der letzten Änderung</translation>
    </message>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>Operator</translation>
    </message>
    <message>
        <source>Scheme</source>
        <translation>Schema</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <source>Weights
dB</source>
        <translation>Gew.
dB</translation>
    </message>
    <message>
        <source>Local
dB</source>
        <translation>Lokal
dB</translation>
    </message>
    <message>
        <source>End
dB</source>
        <translation>Ende
dB</translation>
    </message>
    <message>
        <source>RMS
steps</source>
        <translation>RMS
Schritte</translation>
    </message>
    <message>
        <source>Satur.
%</source>
        <translation>Sättig.
%</translation>
    </message>
    <message>
        <source>Clipped
%</source>
        <translation>Abschn.
%</translation>
    </message>
    <message>
        <source>Overfl.
%</source>
        <translation>Überl.
%</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Constants</source>
        <translation>Konstanten</translation>
    </message>
    <message>
        <source>Place in execution order</source>
        <translation>Platz in der Ausführungsreihenfolge</translation>
    </message>
    <message>
        <source>Name of the operator&apos;s first output, shortened</source>
        <translation>Name des ersten Ausgangs des Operators, gekürzt</translation>
    </message>
    <message>
        <source>Storage of the output: type, S symmetric or A asymmetric, P2 power-of-two scale, C per-channel</source>
        <translation>Speicherung des Ausgangs: Typ, S symmetrisch oder A asymmetrisch, P2 Skalierung als Zweierpotenz, C pro Kanal</translation>
    </message>
    <message>
        <source>Scale of the output after conversion</source>
        <translation>Skalierung des Ausgangs nach der Umwandlung</translation>
    </message>
    <message>
        <source>Signal to quantization noise ratio of the weights against the source&apos;s weights; more is better</source>
        <translation>Signal-zu-Quantisierungsrausch-Verhältnis der Gewichte gegen die der Quelle; mehr ist besser</translation>
    </message>
    <message>
        <source>Signal to noise ratio of this layer&apos;s output when it is fed the source&apos;s activations</source>
        <translation>Signal-Rausch-Verhältnis des Ausgangs dieser Schicht, wenn sie die Aktivierungen der Quelle bekommt</translation>
    </message>
    <message>
        <source>Signal to noise ratio of this layer&apos;s output when the whole network is converted</source>
        <translation>Signal-Rausch-Verhältnis des Ausgangs dieser Schicht, wenn das ganze Netz umgewandelt ist</translation>
    </message>
    <message>
        <source>Root mean square error of the output in steps of its new scale, whole network converted. Ideal rounding gives 0.29</source>
        <translation>Quadratisches Mittel des Ausgangsfehlers in Schritten seiner neuen Skalierung, ganzes Netz umgewandelt. Ideales Runden ergibt 0.29</translation>
    </message>
    <message>
        <source>Share of values at the limits of the storage type that were not in the source</source>
        <translation>Anteil der Werte an den Grenzen des Speichertyps, die es in der Quelle nicht waren</translation>
    </message>
    <message>
        <source>Share of outputs beyond an end of the storage type, where the activation does not end there anyway, whole network converted</source>
        <translation>Anteil der Ausgaben jenseits eines Endes des Speichertyps, wo die Aktivierung nicht ohnehin dort endet, ganzes Netz umgewandelt</translation>
    </message>
    <message>
        <source>Share of sums that left their accumulator&apos;s width on the way, whole network converted</source>
        <translation>Anteil der Summen, die unterwegs die Breite ihres Akkumulators verließen, ganzes Netz umgewandelt</translation>
    </message>
    <message>
        <source>Cosine of the angle between source&apos;s and conversion&apos;s outputs, whole network converted; 1 is the same</source>
        <translation>Kosinus des Winkels zwischen den Ausgaben von Quelle und Umwandlung, ganzes Netz umgewandelt; 1 ist gleich</translation>
    </message>
    <message>
        <source>Shape of the operator&apos;s first output</source>
        <translation>Form des ersten Ausgangs des Operators</translation>
    </message>
    <message>
        <source>Memory of weights, biases and other constants after conversion; shared ones count in every layer</source>
        <translation>Speicher von Gewichten, Biasen und anderen Konstanten nach der Umwandlung; gemeinsame zählen in jeder Schicht</translation>
    </message>
</context>
<context>
    <name>requant::Legend</name>
    <message>
        <source>Legend: %1</source>
        <translation>Legende: %1</translation>
    </message>
    <message>
        <source>%1 (being computed)</source>
        <translation>%1 (wird berechnet)</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>1 requantize operator to insert</source>
        <translation>1 Requantize-Operator einzufügen</translation>
    </message>
    <message>
        <source>%L1 requantize operators to insert</source>
        <translation>%L1 Requantize-Operatoren einzufügen</translation>
    </message>
</context>
<context>
    <name>requant::MainWindow</name>
    <message>
        <source>Drop a .tflite model here</source>
        <translation>Ein .tflite-Modell hierher ziehen</translation>
    </message>
    <message>
        <source>Requant shows its layers, re-quantizes them to another scheme and tells what that costs.</source>
        <translation>Requant zeigt seine Schichten, quantisiert sie auf ein anderes Schema um und sagt, was das kostet.</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>Issues</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>About Requant Studio</source>
        <translation>Über Requant Studio</translation>
    </message>
    <message>
        <source>&lt;h3&gt;Requant Studio %1&lt;/h3&gt;&lt;p&gt;Re-quantizes quantized neural networks.&lt;/p&gt;&lt;p&gt;Free software under the GNU General Public License, version 3 or later. Uses Qt %2.&lt;/p&gt;</source>
        <translation>&lt;h3&gt;Requant Studio %1&lt;/h3&gt;&lt;p&gt;Quantisiert quantisierte neuronale Netze um.&lt;/p&gt;&lt;p&gt;Freie Software unter der GNU General Public License, Version 3 oder später. Verwendet Qt %2.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Requant Studio</source>
        <translation>Requant Studio</translation>
    </message>
    <message>
        <source>%1[*] – Requant Studio</source>
        <translation>%1[*] – Requant Studio</translation>
    </message>
    <message>
        <source>%1[*] (%2) – Requant Studio</source>
        <translation>%1[*] (%2) – Requant Studio</translation>
    </message>
    <message>
        <source>&amp;Undo %1</source>
        <translation>&amp;Rückgängig: %1</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>&amp;Redo %1</source>
        <translation>&amp;Wiederholen: %1</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>preliminary; computing…</source>
        <translation>vorläufig; rechnet…</translation>
    </message>
    <message>
        <source>of the recipe before; %1</source>
        <translation>zum vorigen Rezept; %1</translation>
    </message>
    <message>
        <source>of the recipe before</source>
        <translation>zum vorigen Rezept</translation>
    </message>
    <message>
        <source>of the recipe before; computing…</source>
        <translation>zum vorigen Rezept; rechnet…</translation>
    </message>
    <message>
        <source>Issues (%1)</source>
        <translation>Probleme (%1)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>Ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open &amp;recipe…</source>
        <translation>&amp;Rezept öffnen…</translation>
    </message>
    <message>
        <source>Save recipe &amp;to file…</source>
        <translation>Rezept &amp;in Datei speichern…</translation>
    </message>
    <message>
        <source>&amp;Save project</source>
        <translation>Projekt &amp;speichern</translation>
    </message>
    <message>
        <source>Save project &amp;as…</source>
        <translation>Projekt speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Command &amp;palette</source>
        <translation>Befehls&amp;palette</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>&amp;Exportieren…</translation>
    </message>
    <message>
        <source>Sa&amp;mples…</source>
        <translation>&amp;Beispiele…</translation>
    </message>
    <message>
        <source>Open &amp;sample</source>
        <translation>Beispiel&amp;modell öffnen</translation>
    </message>
    <message>
        <source>&amp;Compute</source>
        <translation>&amp;Berechnen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;New window</source>
        <translation>&amp;Neues Fenster</translation>
    </message>
    <message>
        <source>Open re&amp;cent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>Select &amp;all layers</source>
        <translation>&amp;Alle Schichten auswählen</translation>
    </message>
    <message>
        <source>Select &amp;none</source>
        <translation>Auswahl auf&amp;heben</translation>
    </message>
    <message>
        <source>&amp;Filter layers</source>
        <translation>Schichten &amp;filtern</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>Go to %1</source>
        <translation>Gehe zu %1</translation>
    </message>
    <message>
        <source>Reset &amp;layout</source>
        <translation>&amp;Anordnung zurücksetzen</translation>
    </message>
    <message>
        <source>&amp;Worst layers first</source>
        <translation>&amp;Schlechteste Schichten zuerst</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farbschema</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>Wie das S&amp;ystem</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>A&amp;usführen</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;About Requant Studio</source>
        <translation>&amp;Über Requant Studio</translation>
    </message>
    <message>
        <source>Main</source>
        <translation>Haupt</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>&amp;Variants</source>
        <translation>&amp;Varianten</translation>
    </message>
</context>
<context>
    <name>requant::Minimap</name>
    <message>
        <source>Overview of the graph</source>
        <translation>Übersicht des Graphen</translation>
    </message>
</context>
<context>
    <name>requant::ModelStatus</name>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>output %1, agreement %2, %3 (%4)</source>
        <translation>Ausgang %1, %2 gleich, %3 (%4)</translation>
    </message>
    <message>
        <source>no samples: weight errors only</source>
        <translation>keine Beispiele: nur Gewichtsfehler</translation>
    </message>
    <message>
        <source>activation errors could not be measured</source>
        <translation>Aktivierungsfehler waren nicht messbar</translation>
    </message>
    <message>
        <source>computing…</source>
        <translation>rechnet…</translation>
    </message>
    <message>
        <source>before: %1</source>
        <translation>vorher: %1</translation>
    </message>
    <message>
        <source>computing… before: %1</source>
        <translation>rechnet… vorher: %1</translation>
    </message>
    <message>
        <source>preliminary: %1</source>
        <translation>vorläufig: %1</translation>
    </message>
    <message>
        <source>Not of the recipe as it is now</source>
        <translation>Nicht zum jetzigen Rezept</translation>
    </message>
    <message>
        <source>Of a quick conversion with the preset fast on a few samples; the one asked for is on its way</source>
        <translation>Aus einer schnellen Umwandlung mit der Voreinstellung fast auf wenigen Beispielen; die verlangte ist unterwegs</translation>
    </message>
    <message>
        <source>Conversion against source, first output, end to end</source>
        <translation>Umwandlung gegen Quelle, erster Ausgang, Ende zu Ende</translation>
    </message>
</context>
<context>
    <name>requant::OtherFile</name>
    <message>
        <source>Opening %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>Simulating %1</source>
        <translation>%1 simulieren</translation>
    </message>
    <message>
        <source>%1 of %2 layers matched (%3 by name, %4 by order)</source>
        <translation>%1 von %2 Schichten zugeordnet (%3 nach Name, %4 nach Reihenfolge)</translation>
    </message>
    <message>
        <source>%1 only in %2</source>
        <translation>%1 nur in %2</translation>
    </message>
</context>
<context>
    <name>requant::ProfileView</name>
    <message>
        <source>Use this target</source>
        <translation>Dieses Ziel verwenden</translation>
    </message>
    <message>
        <source>Keep layer rules</source>
        <translation>Schichtregeln behalten</translation>
    </message>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Facts of the target</source>
        <translation>Angaben zum Ziel</translation>
    </message>
    <message>
        <source>The rules that were written for single layers stay, behind the target&apos;s</source>
        <translation>Die für einzelne Schichten geschriebenen Regeln bleiben, hinter denen des Ziels</translation>
    </message>
    <message>
        <source>Choose a target.</source>
        <translation>Ein Ziel wählen.</translation>
    </message>
    <message>
        <source>What no source tells</source>
        <translation>Was keine Quelle sagt</translation>
    </message>
    <message>
        <source>target %1</source>
        <translation>Ziel %1</translation>
    </message>
</context>
<context>
    <name>requant::ProjectKeeper</name>
    <message>
        <source>Opening %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>%1, process %2 on %3</source>
        <translation>%1, Prozess %2 auf %3</translation>
    </message>
    <message>
        <source>Saving %1</source>
        <translation>%1 speichern</translation>
    </message>
    <message>
        <source>Keeping a copy</source>
        <translation>Kopie sichern</translation>
    </message>
    <message>
        <source>Removing a copy</source>
        <translation>Kopie entfernen</translation>
    </message>
</context>
<context>
    <name>requant::RecipePanel</name>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>What is asked of which layers; a later rule wins field by field</source>
        <translation>Was von welchen Schichten verlangt wird; eine spätere Regel gewinnt Feld für Feld</translation>
    </message>
    <message>
        <source>The recipe as JSON, to read, copy and edit</source>
        <translation>Das Rezept als JSON, zum Lesen, Kopieren und Bearbeiten</translation>
    </message>
    <message>
        <source>Hardware targets: what they demand and where that is documented</source>
        <translation>Hardware-Ziele: was sie verlangen und wo das dokumentiert ist</translation>
    </message>
    <message>
        <source>Rules, later ones win</source>
        <translation>Regeln, spätere gewinnen</translation>
    </message>
    <message>
        <source>Add rule</source>
        <translation>Regel hinzufügen</translation>
    </message>
    <message>
        <source>Duplicate rule</source>
        <translation>Regel verdoppeln</translation>
    </message>
    <message>
        <source>Remove rule</source>
        <translation>Regel entfernen</translation>
    </message>
    <message>
        <source>Move rule up</source>
        <translation>Regel nach oben</translation>
    </message>
    <message>
        <source>Move rule down</source>
        <translation>Regel nach unten</translation>
    </message>
    <message>
        <source>Select its layers</source>
        <translation>Ihre Schichten auswählen</translation>
    </message>
    <message>
        <source>Counting layers of rules</source>
        <translation>Schichten der Regeln zählen</translation>
    </message>
    <message>
        <source>add rule for all layers</source>
        <translation>Regel für alle Schichten hinzufügen</translation>
    </message>
    <message>
        <source>add rule for the selection</source>
        <translation>Regel für die Auswahl hinzufügen</translation>
    </message>
    <message>
        <source>remove rule %1</source>
        <translation>Regel %1 entfernen</translation>
    </message>
    <message>
        <source>duplicate rule %1</source>
        <translation>Regel %1 verdoppeln</translation>
    </message>
    <message>
        <source>move rule %1 to %2</source>
        <translation>Regel %1 nach %2 verschieben</translation>
    </message>
</context>
<context>
    <name>requant::RecipePickers</name>
    <message>
        <source>not known: %1</source>
        <translation>nicht bekannt: %1</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>own recipe</source>
        <translation>eigenes Rezept</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Voreinstellung</translation>
    </message>
    <message>
        <source>custom</source>
        <translation>eigene</translation>
    </message>
    <message>
        <source>Naive</source>
        <translation>Naiv</translation>
    </message>
    <message>
        <source>Round every tensor to its new grid and nothing else</source>
        <translation>Jeden Tensor auf sein neues Raster runden und sonst nichts</translation>
    </message>
    <message>
        <source>Corrected</source>
        <translation>Korrigiert</translation>
    </message>
    <message>
        <source>Weight correction, scale search and rounding error folding</source>
        <translation>Gewichtskorrektur, Skalierungssuche und Einrechnung der Rundungsfehler</translation>
    </message>
    <message>
        <source>Keep as in the file</source>
        <translation>Wie in der Datei</translation>
    </message>
    <message>
        <source>Nothing is asked of any layer; the model stays as it is.</source>
        <translation>Von keiner Schicht wird etwas verlangt; das Modell bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>target %1</source>
        <translation>Ziel %1</translation>
    </message>
    <message>
        <source>keep everything</source>
        <translation>alles unverändert lassen</translation>
    </message>
    <message>
        <source>preset %1</source>
        <translation>Voreinstellung %1</translation>
    </message>
    <message>
        <source>What the model is converted to</source>
        <translation>In was das Modell umgewandelt wird</translation>
    </message>
</context>
<context>
    <name>requant::RecipeText</name>
    <message>
        <source>Apply</source>
        <translation>Anwenden</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Go to line</source>
        <translation>Zur Zeile</translation>
    </message>
    <message>
        <source>Recipe as text</source>
        <translation>Rezept als Text</translation>
    </message>
    <message>
        <source>Make the text the recipe, as one step that can be undone (Ctrl+Return)</source>
        <translation>Den Text zum Rezept machen, als ein Schritt, der rückgängig zu machen ist (Strg+Eingabe)</translation>
    </message>
    <message>
        <source>Show the recipe as it is; what was typed is given up</source>
        <translation>Das Rezept zeigen, wie es ist; das Eingetippte geht verloren</translation>
    </message>
    <message>
        <source>The recipe was edited elsewhere meanwhile; Apply replaces those edits.</source>
        <translation>Das Rezept wurde inzwischen anderswo geändert; Anwenden ersetzt diese Änderungen.</translation>
    </message>
    <message>
        <source>Not applied yet.</source>
        <translation>Noch nicht angewendet.</translation>
    </message>
    <message>
        <source>The recipe as it is. Comments (//) are allowed and not kept.</source>
        <translation>Das Rezept, wie es ist. Kommentare (//) sind erlaubt und bleiben nicht erhalten.</translation>
    </message>
    <message>
        <source>recipe as text</source>
        <translation>Rezept als Text</translation>
    </message>
</context>
<context>
    <name>requant::RuleEditor</name>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>Pattern on the layer&apos;s full name: * any run, ? one character, [a-z] one of a set</source>
        <translation>Muster für den vollen Namen der Schicht: * beliebig viele, ? ein Zeichen, [a-z] eines aus einer Menge</translation>
    </message>
    <message>
        <source>Regular expression</source>
        <translation>Regulärer Ausdruck</translation>
    </message>
    <message>
        <source>ECMAScript expression, searched in the layer&apos;s full name</source>
        <translation>ECMAScript-Ausdruck, gesucht im vollen Namen der Schicht</translation>
    </message>
    <message>
        <source>Operators</source>
        <translation>Operatoren</translation>
    </message>
    <message>
        <source>Operator types, separated by commas: CONV_2D, ADD; INPUT for graph inputs</source>
        <translation>Operatortypen, durch Kommas getrennt: CONV_2D, ADD; INPUT für Eingänge des Graphen</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>Nummern</translation>
    </message>
    <message>
        <source>First and last layer number: 10-20, or 12 for one</source>
        <translation>Erste und letzte Schichtnummer: 10-20, oder 12 für eine</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>A note for readers of the recipe</source>
        <translation>Eine Notiz für Leser des Rezepts</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>no longer said</source>
        <translation>nicht mehr gesagt</translation>
    </message>
    <message>
        <source>weights %1</source>
        <translation>Gewichte %1</translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation>Aktivierungen %1</translation>
    </message>
    <message>
        <source>%1 no longer said</source>
        <translation>%1 nicht mehr gesagt</translation>
    </message>
    <message>
        <source>%1 on</source>
        <translation>%1 an</translation>
    </message>
    <message>
        <source>%1 off</source>
        <translation>%1 aus</translation>
    </message>
    <message>
        <source>%1 is not a range of layer numbers: write 10-20, or 12 for one</source>
        <translation>%1 ist kein Bereich von Schichtnummern: 10-20 schreiben, oder 12 für eine</translation>
    </message>
    <message>
        <source>layers: %1</source>
        <translation>Schichten: %1</translation>
    </message>
    <message>
        <source>rule %1, %2</source>
        <translation>Regel %1, %2</translation>
    </message>
</context>
<context>
    <name>requant::RulesModel</name>
    <message>
        <source>From the target&apos;s profile</source>
        <translation>Aus dem Profil des Ziels</translation>
    </message>
    <message>
        <source>Matches %1; has the last word on %2</source>
        <translation>Passt auf %1; hat das letzte Wort bei %2</translation>
    </message>
    <message>
        <source>Layers and graph inputs that the rule matches</source>
        <translation>Schichten und Eingänge des Graphen, auf die die Regel passt</translation>
    </message>
    <message>
        <source>Of them, those for which it has the last word on at least one field</source>
        <translation>Davon die, bei denen sie in mindestens einem Feld das letzte Wort hat</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Algorithms</source>
        <translation>Algorithmen</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Passt auf</translation>
    </message>
    <message>
        <source>Decides</source>
        <translation>Entscheidet</translation>
    </message>
</context>
<context>
    <name>requant::SamplesDialog</name>
    <message>
        <source>Samples</source>
        <translation>Beispiele</translation>
    </message>
    <message>
        <source>Use samples</source>
        <translation>Beispiele verwenden</translation>
    </message>
    <message>
        <source>No samples</source>
        <translation>Keine Beispiele</translation>
    </message>
    <message>
        <source>Statistics then come from synthetic pictures, and only weight errors are measured</source>
        <translation>Die Statistik kommt dann aus künstlichen Bildern, und nur Gewichtsfehler werden gemessen</translation>
    </message>
    <message>
        <source>Inputs for the network, on which activation errors are measured: a .npy array (one sample per row, pictures as uint8), a folder of pictures (%1), one picture, or a raw file of whole inputs in the model&apos;s own type. Without any, weights are chosen on synthetic pictures and only weight errors are measured.</source>
        <translation>Eingaben für das Netz, auf denen Aktivierungsfehler gemessen werden: ein .npy-Feld (ein Beispiel je Zeile, Bilder als uint8), ein Ordner mit Bildern (%1), ein Bild oder eine Rohdatei ganzer Eingaben im eigenen Typ des Modells. Ohne sie werden Gewichte auf künstlichen Bildern gewählt und nur Gewichtsfehler gemessen.</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Choose a samples file</source>
        <translation>Beispieldatei wählen</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>Ordner mit Bildern wählen</translation>
    </message>
    <message>
        <source>Choose a labels file</source>
        <translation>Label-Datei wählen</translation>
    </message>
    <message>
        <source>Samples file or folder</source>
        <translation>Beispieldatei oder -ordner</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Labels file</source>
        <translation>Label-Datei</translation>
    </message>
    <message>
        <source>optional: .npy, one integer per sample</source>
        <translation>freiwillig: .npy, eine ganze Zahl je Beispiel</translation>
    </message>
    <message>
        <source>With labels, top 1 and top 5 of source and conversion are compared: how often the right class has the largest output, or one of the five largest.</source>
        <translation>Mit Labels werden Top 1 und Top 5 von Quelle und Umwandlung verglichen: wie oft die richtige Klasse die größte Ausgabe hat oder eine der fünf größten.</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>Samples measured at most</source>
        <translation>Höchstens gemessene Beispiele</translation>
    </message>
    <message>
        <source>More samples give steadier numbers and take longer</source>
        <translation>Mehr Beispiele ergeben stetigere Zahlen und dauern länger</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>Höchstens</translation>
    </message>
    <message>
        <source>What the network sees of sample</source>
        <translation>Was das Netz sieht von Beispiel</translation>
    </message>
    <message>
        <source>Sample shown</source>
        <translation>Gezeigtes Beispiel</translation>
    </message>
    <message>
        <source>The sample as the network sees it</source>
        <translation>Das Beispiel, wie das Netz es sieht</translation>
    </message>
    <message>
        <source>Folder of pictures</source>
        <translation>Ordner mit Bildern</translation>
    </message>
    <message>
        <source>Samples (*.npy *.raw *.bin *.png *.jpg *.jpeg *.bmp *.gif *.tga)</source>
        <translation>Beispiele (*.npy *.raw *.bin *.png *.jpg *.jpeg *.bmp *.gif *.tga)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Labels (*.npy)</source>
        <translation>Labels (*.npy)</translation>
    </message>
    <message>
        <source>Open a model first.</source>
        <translation>Zuerst ein Modell öffnen.</translation>
    </message>
    <message>
        <source>In use: %1 (%2, at most %3 measured)</source>
        <translation>In Gebrauch: %1 (%2, höchstens %3 gemessen)</translation>
    </message>
    <message>
        <source>No samples in use: only weight errors are measured.</source>
        <translation>Keine Beispiele in Gebrauch: nur Gewichtsfehler werden gemessen.</translation>
    </message>
    <message>
        <source>Labels: %1</source>
        <translation>Labels: %1</translation>
    </message>
    <message>
        <source>No samples chosen</source>
        <translation>Keine Beispiele gewählt</translation>
    </message>
    <message>
        <source>Opening samples</source>
        <translation>Beispiele öffnen</translation>
    </message>
    <message>
        <source>Reading a sample</source>
        <translation>Beispiel lesen</translation>
    </message>
    <message>
        <source>This input is no picture.</source>
        <translation>Dieser Eingang ist kein Bild.</translation>
    </message>
    <message>
        <source>Pictures are resized until they cover the input, cropped to its middle, and read as red, green, blue.</source>
        <translation>Bilder werden skaliert, bis sie den Eingang bedecken, mittig beschnitten und als Rot, Grün, Blau gelesen.</translation>
    </message>
</context>
<context>
    <name>requant::ScalePage</name>
    <message>
        <source>Scale of</source>
        <translation>Skalierung von</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>Ausgänge</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>The scale of each layer&apos;s first output</source>
        <translation>Die Skalierung des ersten Ausgangs jeder Schicht</translation>
    </message>
    <message>
        <source>The scale of each layer&apos;s weights; of several channels the largest</source>
        <translation>Die Skalierung der Gewichte jeder Schicht; bei mehreren Kanälen die größte</translation>
    </message>
    <message>
        <source>weight scale</source>
        <translation>Gewichtsskalierung</translation>
    </message>
</context>
<context>
    <name>requant::SchemeEditor</name>
    <message>
        <source>Keep as is</source>
        <translation>Beibehalten</translation>
    </message>
    <message>
        <source>Cut group</source>
        <translation>Abtrennen</translation>
    </message>
    <message>
        <source>Reset to target</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Select similar</source>
        <translation>Ähnliche</translation>
    </message>
    <message>
        <source>Apply to similar</source>
        <translation>Übertragen</translation>
    </message>
    <message>
        <source>Scheme</source>
        <translation>Schema</translation>
    </message>
    <message>
        <source>What the edit changes</source>
        <translation>Was die Änderung ändert</translation>
    </message>
    <message>
        <source>Activations (output)</source>
        <translation>Aktivierungen (Ausgang)</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>If chosen</source>
        <translation>Wenn gewählt</translation>
    </message>
    <message>
        <source>Not possible</source>
        <translation>Nicht möglich</translation>
    </message>
    <message>
        <source>These layers stay exactly as they are in the source</source>
        <translation>Diese Schichten bleiben genau wie in der Quelle</translation>
    </message>
    <message>
        <source>Give these layers&apos; outputs grids of their own; a requantize operator stands between them and what ties them</source>
        <translation>Den Ausgängen dieser Schichten eigene Raster geben; ein Requantize-Operator steht zwischen ihnen und dem, was sie koppelt</translation>
    </message>
    <message>
        <source>Remove the layer rules of these layers, so that the target speaks alone</source>
        <translation>Die Schichtregeln dieser Schichten entfernen, sodass allein das Ziel spricht</translation>
    </message>
    <message>
        <source>Select every layer with the same operator and kind of kernel</source>
        <translation>Jede Schicht mit gleichem Operator und gleicher Art von Kernel auswählen</translation>
    </message>
    <message>
        <source>Ask the same of every layer with the same operator and kind of kernel</source>
        <translation>Dasselbe von jeder Schicht mit gleichem Operator und gleicher Art von Kernel verlangen</translation>
    </message>
    <message>
        <source>Whole model</source>
        <translation>Ganzes Modell</translation>
    </message>
    <message>
        <source>Fixed outputs</source>
        <translation>Feste Ausgänge</translation>
    </message>
    <message>
        <source>keep their grid</source>
        <translation>ihr Raster behalten</translation>
    </message>
    <message>
        <source>re-quantize behind</source>
        <translation>dahinter umquantisieren</translation>
    </message>
    <message>
        <source>Softmax, logistic, tanh and their like have an output grid that the runtime demands. Keep it, or insert a requantize operator behind it that moves the value to the grid asked for.</source>
        <translation>Softmax, Logistic, Tanh und ähnliche haben ein Ausgangsraster, das die Laufzeitumgebung verlangt. Es behalten, oder dahinter einen Requantize-Operator einfügen, der den Wert auf das verlangte Raster bringt.</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>Arithmetik</translation>
    </message>
    <message>
        <source>How the converted model is computed when its errors are measured: as TFLite&apos;s kernels, as XNNPACK, or by hardware that shifts. The source runs as TFLite does where the converted model shifts.</source>
        <translation>Wie das umgewandelte Modell beim Messen seiner Fehler gerechnet wird: wie die Kernel von TFLite, wie XNNPACK oder wie Hardware, die schiebt. Die Quelle läuft wie TFLite, wo das umgewandelte Modell schiebt.</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>all %1 layers</source>
        <translation>alle %1 Schichten</translation>
    </message>
    <message>
        <source>%1 layers</source>
        <translation>%1 Schichten</translation>
    </message>
    <message>
        <source>All %1 layers (nothing selected)</source>
        <translation>Alle %1 Schichten (nichts ausgewählt)</translation>
    </message>
    <message>
        <source>Checking choices</source>
        <translation>Möglichkeiten prüfen</translation>
    </message>
    <message>
        <source> and %1 more</source>
        <translation> und %1 weitere</translation>
    </message>
    <message>
        <source>One grid with %1, tied by %2. Cutting: %3</source>
        <translation>Ein Raster mit %1, gekoppelt durch %2. Trennen: %3</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>%1 of %2: %3</source>
        <translation>%1 von %2: %3</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>keep %1 as is</source>
        <translation>%1 unverändert lassen</translation>
    </message>
    <message>
        <source>cut %1 from its group</source>
        <translation>%1 von seiner Gruppe trennen</translation>
    </message>
    <message>
        <source>reset %1 to target</source>
        <translation>%1 auf das Ziel zurücksetzen</translation>
    </message>
    <message>
        <source>as %1: %2</source>
        <translation>wie %1: %2</translation>
    </message>
    <message>
        <source>%1 asked for the same</source>
        <translation>%1 um dasselbe gebeten</translation>
    </message>
    <message>
        <source>fixed outputs: %1</source>
        <translation>feste Ausgänge: %1</translation>
    </message>
    <message>
        <source>arithmetic: %1</source>
        <translation>Arithmetik: %1</translation>
    </message>
</context>
<context>
    <name>requant::SearchBar</name>
    <message>
        <source>Find operator, layer or tensor</source>
        <translation>Operator, Schicht oder Tensor suchen</translation>
    </message>
    <message>
        <source>Find in the graph</source>
        <translation>Im Graphen suchen</translation>
    </message>
    <message>
        <source>Find previous (Shift+Enter)</source>
        <translation>Vorherigen suchen (Umschalt+Eingabe)</translation>
    </message>
    <message>
        <source>Find next (Enter)</source>
        <translation>Nächsten suchen (Eingabe)</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>Suche schließen (Esc)</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
</context>
<context>
    <name>requant::SecondGraph</name>
    <message>
        <source>What the second graph shows</source>
        <translation>Was der zweite Graph zeigt</translation>
    </message>
    <message>
        <source>Colour the second graph by</source>
        <translation>Zweiten Graphen einfärben nach</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>Operator</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>Nummern</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Unterschied</translation>
    </message>
    <message>
        <source>The numbers that the comparison is about</source>
        <translation>Die Zahlen, um die es im Vergleich geht</translation>
    </message>
    <message>
        <source>The second&apos;s numbers minus the first&apos;s: blue is better, orange is worse</source>
        <translation>Die Zahlen des zweiten minus die des ersten: blau ist besser, orange ist schlechter</translation>
    </message>
    <message>
        <source>Close the second graph</source>
        <translation>Zweiten Graphen schließen</translation>
    </message>
    <message>
        <source>Second graph</source>
        <translation>Zweiter Graph</translation>
    </message>
    <message>
        <source>Variant %1</source>
        <translation>Variante %1</translation>
    </message>
</context>
<context>
    <name>requant::Session</name>
    <message>
        <source>Opening %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>open recipe %1</source>
        <translation>Rezept %1 öffnen</translation>
    </message>
    <message>
        <source>Saving %1</source>
        <translation>%1 speichern</translation>
    </message>
    <message>
        <source>Opening samples</source>
        <translation>Beispiele öffnen</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>Exportieren</translation>
    </message>
</context>
<context>
    <name>requant::Tour</name>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Skip the tour</source>
        <translation>Rundgang überspringen</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>Rundgang</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
</context>
<context>
    <name>requant::VariantBar</name>
    <message>
        <source>waits for the variant before it</source>
        <translation>wartet auf die Variante davor</translation>
    </message>
    <message>
        <source>is being computed</source>
        <translation>wird berechnet</translation>
    </message>
    <message>
        <source>is computed</source>
        <translation>ist berechnet</translation>
    </message>
    <message>
        <source>could not be computed; see the list of issues</source>
        <translation>war nicht berechenbar; siehe die Liste der Probleme</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>Varianten</translation>
    </message>
    <message>
        <source>Name of the variant</source>
        <translation>Name der Variante</translation>
    </message>
    <message>
        <source>&amp;New variant</source>
        <translation>&amp;Neue Variante</translation>
    </message>
    <message>
        <source>&amp;Duplicate variant</source>
        <translation>Variante ver&amp;doppeln</translation>
    </message>
    <message>
        <source>Re&amp;name variant</source>
        <translation>Variante &amp;umbenennen</translation>
    </message>
    <message>
        <source>&amp;Remove variant</source>
        <translation>Variante &amp;entfernen</translation>
    </message>
    <message>
        <source>&amp;Cancel computing this variant</source>
        <translation>Berechnen dieser Variante ab&amp;brechen</translation>
    </message>
    <message>
        <source>Ne&amp;xt variant</source>
        <translation>Nä&amp;chste Variante</translation>
    </message>
    <message>
        <source>&amp;Previous variant</source>
        <translation>&amp;Vorige Variante</translation>
    </message>
    <message>
        <source>New variant: a copy of this one, to be changed (%1)</source>
        <translation>Neue Variante: eine Kopie von dieser, zum Ändern (%1)</translation>
    </message>
    <message>
        <source>New variant</source>
        <translation>Neue Variante</translation>
    </message>
    <message>
        <source>Variant %1: %2</source>
        <translation>Variante %1: %2</translation>
    </message>
    <message>
        <source>New variant: %1</source>
        <translation>Neue Variante: %1</translation>
    </message>
</context>
<context>
    <name>requant::VariantMatrix</name>
    <message>
        <source>now exact</source>
        <translation>jetzt exakt</translation>
    </message>
    <message>
        <source>no longer exact</source>
        <translation>nicht mehr exakt</translation>
    </message>
    <message>
        <source>%1
%2: %3</source>
        <translation>%1
%2: %3</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>%1 − %2</source>
        <translation>%1 − %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>requant::Variants</name>
    <message>
        <source>as in the file</source>
        <translation>wie in der Datei</translation>
    </message>
    <message>
        <source>%1 (variant %2)</source>
        <translation>%1 (Variante %2)</translation>
    </message>
    <message>
        <source>add variant %1</source>
        <translation>Variante %1 hinzufügen</translation>
    </message>
    <message>
        <source>duplicate variant %1 as %2</source>
        <translation>Variante %1 als %2 verdoppeln</translation>
    </message>
    <message>
        <source>remove variant %1</source>
        <translation>Variante %1 entfernen</translation>
    </message>
    <message>
        <source>rename variant %1 to %2</source>
        <translation>Variante %1 in %2 umbenennen</translation>
    </message>
</context>
<context>
    <name>requant::VariantsChart</name>
    <message>
        <source>constants (kB)</source>
        <translation>Konstanten (kB)</translation>
    </message>
    <message>
        <source>inserted operators</source>
        <translation>eingefügte Operatoren</translation>
    </message>
    <message>
        <source>layers with a multiplier that is no shift</source>
        <translation>Schichten mit einem Multiplikator, der kein Schieben ist</translation>
    </message>
    <message>
        <source>agreement (%)</source>
        <translation>Übereinstimmung (%)</translation>
    </message>
    <message>
        <source>output SQNR (dB)</source>
        <translation>SQNR des Ausgangs (dB)</translation>
    </message>
    <message>
        <source>output %1, agreement %2</source>
        <translation>Ausgang %1, %2 gleich</translation>
    </message>
    <message>
        <source>constants %1</source>
        <translation>Konstanten %1</translation>
    </message>
    <message>
        <source>%1 of %2 layers need only shifts</source>
        <translation>%1 von %2 Schichten brauchen nur Schieben</translation>
    </message>
    <message>
        <source>of the recipe before</source>
        <translation>zum vorigen Rezept</translation>
    </message>
</context>
<context>
    <name>requant::VariantsPage</name>
    <message>
        <source>What variants cost</source>
        <translation>Was Varianten kosten</translation>
    </message>
    <message>
        <source>Size of constants</source>
        <translation>Größe der Konstanten</translation>
    </message>
    <message>
        <source>Inserted operators</source>
        <translation>Eingefügte Operatoren</translation>
    </message>
    <message>
        <source>Layers without shift</source>
        <translation>Schichten ohne Schieben</translation>
    </message>
    <message>
        <source>What variants give</source>
        <translation>Was Varianten leisten</translation>
    </message>
    <message>
        <source>Output SQNR</source>
        <translation>SQNR des Ausgangs</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>Übereinstimmung</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Open a .tflite file to see its layers here.</source>
        <translation>Eine .tflite-Datei öffnen, um ihre Schichten hier zu sehen.</translation>
    </message>
    <message>
        <source>No samples</source>
        <translation>Keine Beispiele</translation>
    </message>
    <message>
        <source>What a variant gives is measured on sample inputs: a .npy file, a folder of pictures or a raw file.</source>
        <translation>Was eine Variante leistet, wird auf Beispieleingaben gemessen: einer .npy-Datei, einem Ordner mit Bildern oder einer Rohdatei.</translation>
    </message>
    <message>
        <source>Not measured yet</source>
        <translation>Noch nicht gemessen</translation>
    </message>
    <message>
        <source>Variants appear here as soon as they are computed.</source>
        <translation>Varianten erscheinen hier, sobald sie berechnet sind.</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>Constants (bytes)</source>
        <translation>Konstanten (Byte)</translation>
    </message>
    <message>
        <source>Layers with shifts only (%)</source>
        <translation>Nur Schieben (%)</translation>
    </message>
    <message>
        <source>Output SQNR (dB)</source>
        <translation>SQNR des Ausgangs (dB)</translation>
    </message>
    <message>
        <source>Agreement (%)</source>
        <translation>Übereinstimmung (%)</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>Varianten</translation>
    </message>
    <message>
        <source>What the variants cost and what they give; a click makes one active</source>
        <translation>Was die Varianten kosten und was sie leisten; ein Klick macht eine aktiv</translation>
    </message>
    <message>
        <source>filled: only shifts; the line: variants that no other one beats</source>
        <translation>gefüllt: nur Schieben; die Linie: Varianten, die keine andere übertrifft</translation>
    </message>
</context>
<context>
    <name>requant::WeightsView</name>
    <message>
        <source>Scale of the weights</source>
        <translation>Skalierung der Gewichte</translation>
    </message>
    <message>
        <source>Weight SQNR</source>
        <translation>SQNR der Gewichte</translation>
    </message>
    <message>
        <source>Mean shift of the output, layer alone</source>
        <translation>Mittlere Verschiebung des Ausgangs, Schicht allein</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>The scale of each output channel&apos;s weights, in powers of two: grey before, coloured after conversion.</source>
        <translation>Die Skalierung der Gewichte jedes Ausgangskanals, in Zweierpotenzen: grau vor, farbig nach der Umwandlung.</translation>
    </message>
    <message>
        <source>Signal to quantization noise ratio of each output channel&apos;s weights against the source&apos;s; more is better.</source>
        <translation>Signal-zu-Quantisierungsrausch-Verhältnis der Gewichte jedes Ausgangskanals gegen die der Quelle; mehr ist besser.</translation>
    </message>
    <message>
        <source>How far the mean of each output channel moves when this layer alone is converted, in steps of its new scale. A shift adds up from layer to layer; folding corrects it in the bias.</source>
        <translation>Wie weit sich das Mittel jedes Ausgangskanals verschiebt, wenn nur diese Schicht umgewandelt wird, in Schritten seiner neuen Skalierung. Eine Verschiebung summiert sich von Schicht zu Schicht; Einrechnen korrigiert sie im Bias.</translation>
    </message>
    <message>
        <source>Open a model first.</source>
        <translation>Zuerst ein Modell öffnen.</translation>
    </message>
    <message>
        <source>Select a layer to see its weights.</source>
        <translation>Eine Schicht auswählen, um ihre Gewichte zu sehen.</translation>
    </message>
    <message>
        <source>This layer has no weights.</source>
        <translation>Diese Schicht hat keine Gewichte.</translation>
    </message>
    <message>
        <source>%1 channels, a scale for each</source>
        <translation>%1 Kanäle, je eine Skalierung</translation>
    </message>
    <message>
        <source>%1 channels, one scale for all</source>
        <translation>%1 Kanäle, eine Skalierung für alle</translation>
    </message>
    <message>
        <source>. Largest error in channel %1</source>
        <translation>. Größter Fehler in Kanal %1</translation>
    </message>
    <message>
        <source>of the recipe before</source>
        <translation>zum vorigen Rezept</translation>
    </message>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>Counting weights</source>
        <translation>Gewichte zählen</translation>
    </message>
</context>
<context>
    <name>requant::WhyView</name>
    <message>
        <source>Reasons for this layer&apos;s scheme</source>
        <translation>Gründe für das Schema dieser Schicht</translation>
    </message>
    <message>
        <source>Select a layer to see why its tensors are as they are.</source>
        <translation>Eine Schicht auswählen, um zu sehen, warum ihre Tensoren so sind, wie sie sind.</translation>
    </message>
    <message>
        <source>Open a model first.</source>
        <translation>Zuerst ein Modell öffnen.</translation>
    </message>
    <message>
        <source>kept as in the source</source>
        <translation>unverändert wie in der Quelle</translation>
    </message>
    <message>
        <source>as the recipe asks</source>
        <translation>wie das Rezept verlangt</translation>
    </message>
    <message>
        <source>as the target asks</source>
        <translation>wie das Ziel verlangt</translation>
    </message>
    <message>
        <source>as the rule for %1 asks</source>
        <translation>wie die Regel für %1 verlangt</translation>
    </message>
    <message>
        <source>asked for: %1</source>
        <translation>verlangt: %1</translation>
    </message>
    <message>
        <source>one grid with</source>
        <translation>ein Raster mit</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>Input %1</source>
        <translation>Eingang %1</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingang</translation>
    </message>
    <message>
        <source>comes from</source>
        <translation>kommt von</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>Bias</translation>
    </message>
    <message>
        <source>Requantize operators</source>
        <translation>Requantize-Operatoren</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Reasons appear when the conversion is done.</source>
        <translation>Die Gründe erscheinen, wenn die Umwandlung fertig ist.</translation>
    </message>
    <message>
        <source>What the runtime demands of %1</source>
        <translation>Was die Laufzeitumgebung von %1 verlangt</translation>
    </message>
</context>
<context>
    <name>shortcuts</name>
    <message>
        <source>Arrow keys</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>walk along the edges</source>
        <translation>die Kanten entlanggehen</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Pos1, Ende</translation>
    </message>
    <message>
        <source>first and last operator</source>
        <translation>erster und letzter Operator</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>scheme of the layer</source>
        <translation>Schema der Schicht</translation>
    </message>
    <message>
        <source>whole graph</source>
        <translation>ganzer Graph</translation>
    </message>
    <message>
        <source>zoom to the selection</source>
        <translation>Auswahl einpassen</translation>
    </message>
    <message>
        <source>zoom in, zoom out, actual size</source>
        <translation>vergrößern, verkleinern, wirkliche Größe</translation>
    </message>
    <message>
        <source>search; F3 and Shift+F3 for the next and the one before</source>
        <translation>suchen; F3 und Umschalt+F3 zum nächsten und vorigen</translation>
    </message>
    <message>
        <source>labels on the edges</source>
        <translation>Beschriftung der Kanten</translation>
    </message>
    <message>
        <source>collapse the name scope</source>
        <translation>Namensraum zuklappen</translation>
    </message>
    <message>
        <source>In the graph</source>
        <translation>Im Graphen</translation>
    </message>
    <message>
        <source>In other parts</source>
        <translation>In anderen Teilen</translation>
    </message>
    <message>
        <source>F</source>
        <translation>F</translation>
    </message>
    <message>
        <source>Z</source>
        <translation>Z</translation>
    </message>
    <message>
        <source>+, −, 0</source>
        <translation>+, −, 0</translation>
    </message>
    <message>
        <source>/</source>
        <translation>/</translation>
    </message>
    <message>
        <source>E</source>
        <translation>E</translation>
    </message>
    <message>
        <source>C</source>
        <translation>C</translation>
    </message>
</context>
<context>
    <name>texts</name>
    <message>
        <source>no quantization</source>
        <translation>keine Quantisierung</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>%1 steps</source>
        <translation>%1 Schritte</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>cancelled: press F5 (or Run &gt; Compute) to compute</source>
        <translation>abgebrochen: F5 (oder Ausführen &gt; Berechnen) rechnet</translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n Fehler</numerusform>
            <numerusform>%n Fehler</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n labelled samples</source>
        <translation>
            <numerusform>%n Beispiel mit Label</numerusform>
            <numerusform>%n Beispiele mit Label</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers and inputs</source>
        <translation>
            <numerusform>%n Schicht oder Eingang</numerusform>
            <numerusform>%n Schichten und Eingänge</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers are</source>
        <translation>
            <numerusform>%n Schicht wird</numerusform>
            <numerusform>%n Schichten werden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n Schicht</numerusform>
            <numerusform>%n Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operators</source>
        <translation>
            <numerusform>%n Operator</numerusform>
            <numerusform>%n Operatoren</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n paddings</source>
        <translation>
            <numerusform>%n Auffüllung</numerusform>
            <numerusform>%n Auffüllungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requantize operators</source>
        <translation>
            <numerusform>%n Requantize-Operator</numerusform>
            <numerusform>%n Requantize-Operatoren</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requantize</source>
        <translation>
            <numerusform>%n Requantize</numerusform>
            <numerusform>%n Requantize</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rule violations</source>
        <translation>
            <numerusform>%n Regelverletzung</numerusform>
            <numerusform>%n Regelverletzungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n samples</source>
        <translation>
            <numerusform>%n Beispiel</numerusform>
            <numerusform>%n Beispiele</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n warnings</source>
        <translation>
            <numerusform>%n Warnung</numerusform>
            <numerusform>%n Warnungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wishes</source>
        <translation>
            <numerusform>%n Wunsch</numerusform>
            <numerusform>%n Wünsche</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n inserted operators</source>
        <translation>
            <numerusform>%n eingefügter Operator</numerusform>
            <numerusform>%n eingefügte Operatoren</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tour</name>
    <message>
        <source>A network that is already quantized</source>
        <translation>Ein Netz, das schon quantisiert ist</translation>
    </message>
    <message>
        <source>This is the sample: a small network in uint8. Requant moves it to the scheme of another chip, computes what that costs layer by layer, and shows which layer breaks and why.</source>
        <translation>Das ist das Beispiel: ein kleines Netz in uint8. Requant bringt es auf das Schema eines anderen Chips, berechnet Schicht für Schicht, was das kostet, und zeigt, welche Schicht versagt und warum.</translation>
    </message>
    <message>
        <source>1. Choose the target</source>
        <translation>1. Das Ziel wählen</translation>
    </message>
    <message>
        <source>Each entry is a scheme or a chip, with its demands and their sources. The conversion starts at once.</source>
        <translation>Jeder Eintrag ist ein Schema oder ein Chip, mit seinen Anforderungen und deren Quellen. Die Umwandlung beginnt sofort.</translation>
    </message>
    <message>
        <source>2. Find the worst layer</source>
        <translation>2. Die schlechteste Schicht finden</translation>
    </message>
    <message>
        <source>Errors in decibels: more is better. Sort by a column, or take View › Worst layers first.</source>
        <translation>Fehler in Dezibel: mehr ist besser. Nach einer Spalte sortieren oder Ansicht › Schlechteste Schichten zuerst nehmen.</translation>
    </message>
    <message>
        <source>3. See where it is</source>
        <translation>3. Sehen, wo sie ist</translation>
    </message>
    <message>
        <source>4. Understand and change</source>
        <translation>4. Verstehen und ändern</translation>
    </message>
    <message>
        <source>Layer tells what it is, Why tells the reasons, Scheme changes it. Everything can be undone.</source>
        <translation>Schicht sagt, was sie ist, Warum nennt die Gründe, Schema ändert sie. Alles lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>5. Compare all layers</source>
        <translation>5. Alle Schichten vergleichen</translation>
    </message>
    <message>
        <source>Scales and errors before and after; a click selects the layer.</source>
        <translation>Skalierungen und Fehler vorher und nachher; ein Klick wählt die Schicht.</translation>
    </message>
    <message>
        <source>6. Export</source>
        <translation>6. Exportieren</translation>
    </message>
    <message>
        <source>Samples replaces the pictures by yours. Export writes model, C array, recipe and report, and proves the file. Help › Explanations tells what each number means.</source>
        <translation>Beispiele ersetzt die Bilder durch eigene. Exportieren schreibt Modell, C-Feld, Rezept und Bericht und prüft die Datei. Hilfe › Erklärungen sagt, was jede Zahl bedeutet.</translation>
    </message>
    <message>
        <source>The same selection in the graph. “Colour by” shows errors as heat.</source>
        <translation>Dieselbe Auswahl im Graphen. „Einfärben nach“ zeigt Fehler als Wärme.</translation>
    </message>
</context>
</TS>
