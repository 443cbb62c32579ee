// SPDX-License-Identifier: GPL-3.0-or-later
// requant_rewrite IN OUT: reads a model and writes it again, nothing else.
#include "core/tflite/tflite.h"

#include <cstdio>

int main(int argc, char **argv)
{
    using namespace requant;
    if (argc != 3) {
        std::fputs("usage: requant_rewrite IN.tflite OUT.tflite\n", stderr);
        return 2;
    }
    const Result<LoadedModel> loaded = loadTflite(argv[1]);
    if (!loaded) {
        std::fprintf(stderr, "%s\n", text(loaded.error()).c_str());
        return 3;
    }
    if (const Status s = saveTflite(*loaded->model, argv[2]); !s) {
        std::fprintf(stderr, "%s\n", text(s.error()).c_str());
        return 4;
    }
    return 0;
}
