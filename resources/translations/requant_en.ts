<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>texts</name>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n labelled samples</source>
        <translation>
            <numerusform>%n labelled sample</numerusform>
            <numerusform>%n labelled samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers and inputs</source>
        <translation>
            <numerusform>%n layer or input</numerusform>
            <numerusform>%n layers and inputs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers are</source>
        <translation>
            <numerusform>%n layer is</numerusform>
            <numerusform>%n layers are</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operators</source>
        <translation>
            <numerusform>%n operator</numerusform>
            <numerusform>%n operators</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n paddings</source>
        <translation>
            <numerusform>%n padding</numerusform>
            <numerusform>%n paddings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requantize operators</source>
        <translation>
            <numerusform>%n requantize operator</numerusform>
            <numerusform>%n requantize operators</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requantize</source>
        <translation>
            <numerusform>%n requantize</numerusform>
            <numerusform>%n requantize</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rule violations</source>
        <translation>
            <numerusform>%n rule violation</numerusform>
            <numerusform>%n rule violations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n samples</source>
        <translation>
            <numerusform>%n sample</numerusform>
            <numerusform>%n samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n warnings</source>
        <translation>
            <numerusform>%n warning</numerusform>
            <numerusform>%n warnings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wishes</source>
        <translation>
            <numerusform>%n wish</numerusform>
            <numerusform>%n wishes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n inserted operators</source>
        <translation>
            <numerusform>%n inserted operator</numerusform>
            <numerusform>%n inserted operators</numerusform>
        </translation>
    </message>
</context>
</TS>
