// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/helptexts.h"

#include <QCoreApplication>

#include <algorithm>

namespace requant {

namespace {

struct TopicRow
{
    const char *id, *group, *title, *body;
};

// 0.289 = 1/sqrt(12): the standard deviation of an error that is even within half a step on either side.
constexpr TopicRow kTopics[] = {
    {"sqnr", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "SQNR (dB)"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p>Signal to quantization noise ratio: 10 log<sub>10</sub>(sum of x\u00b2 / sum of (x \u2212 x')\u00b2), "
         "where x is "
         "what the source gives and x' what the conversion gives, as real numbers. Every 6 dB halve the error.</p>"
         "<p>40 dB and more are rarely seen in the result; below 20 dB a layer deserves a look; at 0 dB the error is "
         "as "
         "large as the signal. \u201c"
         "exact\u201d means no difference at all.</p>")},
    {"steps", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Steps RMS"),
     QT_TRANSLATE_NOOP("help",
                       "<p>The root mean square error in units of the new grid's scale (\u201csteps\u201d, LSB).</p>"
                       "<p><b>0.289 steps RMS is what ideal rounding gives</b> (1/\u221a"
                       "12): nothing that computes on "
                       "this grid can do "
                       "better on average. Much more than that comes from the layer's weights, from clipping, or from "
                       "its inputs.</p>")},
    {"local", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Local and end to end"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p><b>Local</b>: the layer alone, fed with what the source's layer got. It says what this layer adds.</p>"
         "<p><b>End to end</b> (cumulative): the layer inside of the converted network, with the errors of all layers "
         "before it. A layer that is bad end to end but good locally only passes on what it gets: look further "
         "up.</p>")},
    {"saturation", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Saturation (clipping)"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p>The share of values that stop at the end of the integer range and are off by more than half a step there, "
         "where the source's were not. Activations such as RELU6 saturate on purpose; that is not counted as "
         "error.</p>")},
    {"biasshift", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Bias shift"),
     QT_TRANSLATE_NOOP("help", "<p>The mean error of each channel. Rounded weights move a channel's mean even where "
                               "single errors are small; the "
                               "next layers cannot tell that from signal. Error folding and empirical folding put it "
                               "back into the bias.</p>")},
    {"agreement", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Agreement"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p>The share of samples whose largest output is the same in source and conversion. It needs no labels.</p>")},
    {"topk", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Top 1 and top 5"),
     QT_TRANSLATE_NOOP("help", "<p>With labels: how often the right class has the largest output, or one of the five "
                               "largest. Shown for source "
                               "and conversion, because the source's own mistakes are not the conversion's.</p>")},
    {"cosine", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Cosine"),
     QT_TRANSLATE_NOOP("help", "<p>The cosine of the angle between source and conversion as vectors; 1 is the same "
                               "direction. It does not see a "
                               "common factor.</p>")},
    {"overflow", QT_TRANSLATE_NOOP("help", "Metrics"), QT_TRANSLATE_NOOP("help", "Overflows and clipped biases"),
     QT_TRANSLATE_NOOP("help", "<p>Where a target has narrow accumulators or biases: how many sums left their width, "
                               "and how many biases do not "
                               "fit. Both are counted while the integer network is simulated.</p>")},
    {"scale", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Scale and zero point"),
     QT_TRANSLATE_NOOP("help", "<p>real = scale \u00d7 (q \u2212 zero point). The scale is the size of one step, the "
                               "zero point the integer that "
                               "stands for 0.</p>")},
    {"symmetric", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Symmetric, asymmetric, restricted"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p><b>Asymmetric</b> (A): any zero point; the range fits the values. <b>Symmetric</b> (S): zero point 0 "
         "(uint8: 128), "
         "so that hardware need not subtract it; values that are never negative then lose half of the integers, unless "
         "zero-point folding keeps them. <b>Restricted</b>: signed or unsigned, but nothing between.</p>")},
    {"pow2", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Power-of-two scales"),
     QT_TRANSLATE_NOOP("help", "<p>The scale is 2<sup>\u2212n</sup>, so that moving between grids is a shift and no "
                               "multiplication. On average half a "
                               "bit of range is lost; weight correction gets most of it back.</p>")},
    {"granularity", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Per-tensor and per-channel"),
     QT_TRANSLATE_NOOP(
         "help", "<p>One scale for a whole filter tensor, or one for each output channel (C). Per-channel weights are "
                 "more exact; not "
                 "every chip can do them. Equalization makes channels alike where only one scale is allowed.</p>")},
    {"narrow", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Narrow range"),
     QT_TRANSLATE_NOOP("help", "<p>Weights use \u2212"
                               "127 to 127 and not \u2212"
                               "128: as many integers on both sides of "
                               "0. TFLite's int8 kernels demand "
                               "it.</p>")},
    {"requantize", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Requantize operators"),
     QT_TRANSLATE_NOOP("help", "<p>Where neighbours need different grids, a QUANTIZE operator moves values from one to "
                               "the other. It costs time and, "
                               "unless the grids differ by 128 only, half a step of error. The graph draws them dashed "
                               "before the export.</p>")},
    {"tied", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Tied tensors"),
     QT_TRANSLATE_NOOP("help", "<p>Some operators demand the same scale and zero point of their inputs and outputs "
                               "(CONCATENATION, MAX_POOL_2D, "
                               "RESHAPE). Such tensors form a group and change together; cutting the group inserts a "
                               "requantize operator.</p>")},
    {"fixed", QT_TRANSLATE_NOOP("help", "Schemes"), QT_TRANSLATE_NOOP("help", "Fixed outputs"),
     QT_TRANSLATE_NOOP("help", "<p>SOFTMAX, LOGISTIC and TANH give values of a known range, and the runtime fixes "
                               "their output grid. The policy says "
                               "whether it stays or a requantize operator follows.</p>")},
    {"correction", QT_TRANSLATE_NOOP("help", "Corrections"),
     QT_TRANSLATE_NOOP("help", "Weight correction, folding, search"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p><b>Weight correction</b> moves the ratio of old and new scale into the weights. <b>Scale search</b> and "
         "<b>rounding "
         "search</b> choose weights by the error of the layer's output and not of the weights. <b>Error folding</b>, "
         "<b>zero-point folding</b> and <b>empirical folding</b> put what rounding shifts into the bias. "
         "<b>Equalization</b> moves "
         "factors of single channels into the next layer. None needs the float network.</p>")},
    {"sim", QT_TRANSLATE_NOOP("help", "Corrections"), QT_TRANSLATE_NOOP("help", "Simulation"),
     QT_TRANSLATE_NOOP("help",
                       "<p>Source and conversion are run as integers, bit for bit as a named arithmetic computes them "
                       "(the status bar tells "
                       "which). Numbers that belong to an older recipe are grey until they are computed again.</p>")},
    {"graph", QT_TRANSLATE_NOOP("help", "The window"), QT_TRANSLATE_NOOP("help", "Reading the graph"),
     QT_TRANSLATE_NOOP("help", "<p>Each box is an operator; its colour is what it does, its badge the scheme: type, S "
                               "or A (symmetric, asymmetric), P2 "
                               "(power-of-two), C (per-channel). The strip on the left is the heat: dark is good, "
                               "bright is bad. Arrow keys walk "
                               "along the edges.</p>")},
    {"worst", QT_TRANSLATE_NOOP("help", "The window"), QT_TRANSLATE_NOOP("help", "Finding the layer that breaks"),
     QT_TRANSLATE_NOOP("help", "<ol><li>Choose the target.</li><li>View \u203a Worst layers first.</li><li>Select the "
                               "worst local one and read Why in the "
                               "inspector.</li><li>Under Scheme give it more bits, per-channel weights, or keep "
                               "it.</li><li>Undo if it was not worth "
                               "it.</li></ol>")},
    {"comparing", QT_TRANSLATE_NOOP("help", "The window"), QT_TRANSLATE_NOOP("help", "Comparing"),
     QT_TRANSLATE_NOOP(
         "help",
         "<p>The plus beside the target adds a variant; Variants \u203a Compare with file takes another converter's "
         "file, "
         "whose layers are matched by name and by their order. The Compare dock holds two of them against each other; "
         "First jump goes to the first layer whose own error is 10 dB worse than is usual before it; Side by side "
         "shows a second graph that moves with the first.</p>")},
    {"causes", QT_TRANSLATE_NOOP("help", "The window"), QT_TRANSLATE_NOOP("help", "What an error is made of"),
     QT_TRANSLATE_NOOP(
         "help", "<p>Charts \u203a Causes takes each layer's own error apart: rounding and clipping of weights, bias, "
                 "input and "
                 "output grid, multiplier, arithmetic. Hatched bars are the conversion without algorithms, full ones "
                 "the recipe as "
                 "it is. <i>Causes together</i> is what they share; it is negative where they cancel each other.</p>")},
    {"exporting", QT_TRANSLATE_NOOP("help", "The window"), QT_TRANSLATE_NOOP("help", "Exporting"),
     QT_TRANSLATE_NOOP(
         "help", "<p>File \u203a Export writes the model, a C array, the recipe and reports. Each file is read again, "
                 "compared with what "
                 "was meant, verified against the runtime's rules and simulated; the dialog tells each step.</p>")},
};

struct ControlRow
{
    const char *name, *text;
};

constexpr ControlRow kControls[] = {
    {"profilePicker",
     QT_TRANSLATE_NOOP(
         "help", "The target: which scheme the network is converted to. Each entry tells what the hardware demands and "
                 "where that is documented.")},
    {"presetPicker",
     QT_TRANSLATE_NOOP("help", "How much the conversion corrects: nothing (naive), or weights, scales and biases.")},
    {"layerFilter",
     QT_TRANSLATE_NOOP("help", "Shows only layers whose name, operator, scheme or number contains this.")},
    {"layerTable",
     QT_TRANSLATE_NOOP(
         "help",
         "One row per operator. Click a heading to sort, several rows to select; the selection is the same in graph "
         "and charts.")},
    {"graphView",
     QT_TRANSLATE_NOOP(
         "help", "The network. Drag to move, wheel to zoom, arrow keys to walk along the edges, Enter for the layer's "
                 "scheme.")},
    {"graphHeat", QT_TRANSLATE_NOOP("help", "Colours the graph by a number of each layer.")},
    {"graphHeatReach",
     QT_TRANSLATE_NOOP("help", "Local: the layer alone. End to end: with the errors of all layers before it.")},
    {"graphSearch", QT_TRANSLATE_NOOP("help", "Finds layers by name, operator or tensor; Enter goes to the next.")},
    {"graphMinimap", QT_TRANSLATE_NOOP("help", "The whole network in small; click to go there.")},
    {"subgraphTabs",
     QT_TRANSLATE_NOOP("help", "The model's graphs: control flow keeps its branches in graphs of their own.")},
    {"inspectorTabs",
     QT_TRANSLATE_NOOP(
         "help", "Of the selected layer: what it is, which scheme it gets, and why its numbers are as they are.")},
    {"chartTabs",
     QT_TRANSLATE_NOOP(
         "help",
         "Numbers of all layers. Click a point to select the layer; wheel or a dragged band to look closer (with "
         "Ctrl along y), Shift and wheel to move, Home for all.")},
    {"chartTable", QT_TRANSLATE_NOOP("help", "The chart's numbers as a table; a row selects its layer.")},
    {"chartExport", QT_TRANSLATE_NOOP("help", "Saves the chart as PNG or SVG and its numbers as CSV, or copies them.")},
    {"chartCompare",
     QT_TRANSLATE_NOOP("help", "Shows what the active variant is held against too: another variant, or, among causes, "
                               "the conversion without algorithms.")},
    {"scaleOf", QT_TRANSLATE_NOOP("help", "Whose scales the chart shows: the layers' outputs or their weights.")},
    {"histogramOf", QT_TRANSLATE_NOOP("help", "Which values of the selected layer are counted.")},
    {"variantAdd", QT_TRANSLATE_NOOP("help", "Another recipe for the same model, beside this one.")},
    {"causesUnit", QT_TRANSLATE_NOOP("help", "Squared steps tell how large an error is, percent what it is made of.")},
    {"causesRun",
     QT_TRANSLATE_NOOP("help",
                       "Measures each layer fed with the source's values while one cause after another is exchanged.")},
    {"variantTabs",
     QT_TRANSLATE_NOOP("help", "Several recipes for one model. Choosing one shows its numbers; nothing is computed "
                               "again.")},
    {"variantMatrix",
     QT_TRANSLATE_NOOP("help", "One row per layer, one column per variant or file, the last one their difference.")},
    {"compareMetric",
     QT_TRANSLATE_NOOP("help", "The number that the matrix, the second graph and its colours are about.")},
    {"secondGraphColour",
     QT_TRANSLATE_NOOP("help", "Colours of the second graph: operators, its numbers, or what it has more or less than "
                               "the first.")},
    {"issuesTable",
     QT_TRANSLATE_NOOP(
         "help", "What was found: wishes that could not be granted, rules, biases that do not fit. Enter goes to the "
                 "layer.")},
    {"rulesTable", QT_TRANSLATE_NOOP("help", "The recipe's rules in order; a later rule wins field by field.")},
    {"recipeText", QT_TRANSLATE_NOOP("help", "The recipe as JSON, checked while you type.")},
    {"activationsTreatment",
     QT_TRANSLATE_NOOP("help",
                       "Whether this layer's activations follow the recipe, are set here, or stay as in the file.")},
    {"activationsType", QT_TRANSLATE_NOOP("help", "The storage type of activations.")},
    {"activationsSymmetry",
     QT_TRANSLATE_NOOP("help", "Symmetric: zero point 0. Asymmetric: any. Restricted: signed or unsigned.")},
    {"activationsScale", QT_TRANSLATE_NOOP("help", "Any scale, or powers of two, which need only shifts.")},
    {"weightsTreatment",
     QT_TRANSLATE_NOOP("help",
                       "Whether this layer's weights follow the recipe, are set here, or stay as in the file.")},
    {"weightsType", QT_TRANSLATE_NOOP("help", "The storage type of weights.")},
    {"weightsSymmetry", QT_TRANSLATE_NOOP("help", "Symmetric: zero point 0. Asymmetric: any.")},
    {"weightsGranularity", QT_TRANSLATE_NOOP("help", "One scale for all weights, or one for each output channel.")},
    {"weightsScale",
     QT_TRANSLATE_NOOP("help",
                       "Any scale, powers of two, or scales whose product with the input's makes a power of two.")},
    {"weightsBits", QT_TRANSLATE_NOOP("help", "How many bits of their type the weights use.")},
    {"weightsNarrow", QT_TRANSLATE_NOOP("help", "As many integers below 0 as above.")},
    {"fixedOutputs",
     QT_TRANSLATE_NOOP("help", "What SOFTMAX, LOGISTIC and TANH do where the target asks for another output grid.")},
    {"arithmetic", QT_TRANSLATE_NOOP("help", "How the simulated runtime or hardware rounds.")},
    {"jobCancel", QT_TRANSLATE_NOOP("help", "Stops what is being computed; older numbers stay and are marked.")},
    {"samplesPath", QT_TRANSLATE_NOOP("help", "A .npy array, a folder of pictures, one picture, or a raw file.")},
    {"samplesLimit", QT_TRANSLATE_NOOP("help", "More samples give steadier numbers and take longer.")},
    {"recipeTabs", QT_TRANSLATE_NOOP("help", "What is asked of the layers: as rules, as text, and by target.")},
    {"issueKinds", QT_TRANSLATE_NOOP("help", "Shows only issues of one kind.")},
    {"issuesOfSelection", QT_TRANSLATE_NOOP("help", "Shows only issues of the layers that are selected.")},
    {"helpSearch", QT_TRANSLATE_NOOP("help", "Shows only topics that contain this word.")},
    {"helpTopics", QT_TRANSLATE_NOOP("help", "What can be looked up: metrics, schemes, corrections, the window.")},
    {"helpText", QT_TRANSLATE_NOOP("help", "The explanation of the chosen topic.")},
    {"layerFacts",
     QT_TRANSLATE_NOOP("help", "Options, tensors, memory and errors of the layer; links lead to its neighbours.")},
    {"samplesIndex", QT_TRANSLATE_NOOP("help", "Which sample the preview shows.")},
};

} // namespace

QList<HelpTopic> helpTopics()
{
    QList<HelpTopic> out;
    const auto tr = [](const char *s) { return QCoreApplication::translate("help", s); };
    for (const TopicRow &t : kTopics)
        out.append({QLatin1String(t.id), tr(t.group), tr(t.title), tr(t.body)});
    return out;
}

QString controlHelp(const QString &objectName)
{
    const auto it = std::find_if(std::begin(kControls), std::end(kControls),
                                 [&](const ControlRow &c) { return objectName == QLatin1String(c.name); });
    return it == std::end(kControls) ? QString() : QCoreApplication::translate("help", it->text);
}

QStringList helpedControls()
{
    QStringList out;
    for (const ControlRow &c : kControls)
        out << QLatin1String(c.name);
    return out;
}

} // namespace requant
