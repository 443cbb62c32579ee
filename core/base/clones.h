// SPDX-License-Identifier: GPL-3.0-or-later
// REQUANT_CLONES before a function: compiled for AVX2 too, and chosen when the program is loaded. The results are the same: AVX2
// alone does not contract a x b + c.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define REQUANT_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define REQUANT_CLONES
#endif
