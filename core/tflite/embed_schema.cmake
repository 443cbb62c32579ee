# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DINPUT=file -DOUTPUT=file.cpp -P: the bytes of INPUT as a C++ array.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "// Generated from tflite_schema.fbs.
#include <cstddef>
namespace requant::tfliteformat {
extern const unsigned char kSchemaBytes[];
extern const std::size_t kSchemaSize;
alignas(16) const unsigned char kSchemaBytes[] = {${bytes}};
const std::size_t kSchemaSize = ${size};
}
")
