// SPDX-License-Identifier: GPL-3.0-or-later
// Which integer each weight becomes. For a row v of real weights on a grid s, the row's output error is  d'H d  with
// d = s (q - zero) - v and H the (centred) covariance of what the weights multiply.
//
//   H = R' D R, R unit lower triangular in descending order of the diagonal: term i of d'H d = sum D_i (d_i + sum_{j<i} R_ij d_j)^2
//   depends on the weights up to i only, so each is rounded to undo what the earlier ones did wrong. This is GPTQ (Frantar et
//   al., arXiv 2210.17323) without its inverse: Babai's nearest plane on the lattice s Z^n.
//   Coordinate descent then moves single weights by whole steps while the error falls: q_k -= round(g_k / (s H_kk)), g = H d.
//
// The result is never worse than rounding to nearest in d'H d: rows where it would be take nearest before the descent.
// Everything is evaluated in one fixed order; results do not depend on SIMD or threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace requant {

struct RoundingLevels
{
    double zero = 0, min = 0, max = 0; // in integers
    double reach = 2;                  // no weight goes farther than this from its real value, in steps (its nearest integer
                                       // is always allowed): what the covariance does not know must not cost much
};

// One covariance, many rows.
class Rounder
{
public:
    // `covariance`: n x n, symmetric, row after row. Damped by `damping` of each variable's own variance, so that variables
    // that hardly vary stay cheap and the factorization exists.
    Rounder(std::span<const double> covariance, std::size_t n, double damping);
    std::size_t size() const { return m_n; }

    struct Options
    {
        bool sequential = true; // GPTQ
        int sweeps = 3;         // of coordinate descent
    };
    struct Costs
    {
        std::vector<double> chosen, nearest; // d'H d by row
    };
    // Rounds `rows` rows (values [rows][n], one scale per row) to `out`.
    Costs round(const double *values, std::size_t rows, const double *scales, const RoundingLevels &, const Options &, double *out) const;
    // d'H d of each row as GPTQ alone would round it: much cheaper, to compare scales by.
    void sequentialCosts(const double *values, std::size_t rows, const double *scales, const RoundingLevels &, double *costs) const;
    double cost(const double *d) const; // d'H d of one row

private:
    void roundBlock(const double *values, std::size_t rows, const double *scales, const RoundingLevels &, const Options &, double *out,
                    double *costs, double *nearest) const;
    // GPTQ of a block of rows to q (may be null); returns d'H d by lane.
    void sequential(const double *values, std::size_t rows, const double *scales, const RoundingLevels &, double *q, double *costs) const;
    std::size_t m_n;
    std::vector<double> m_h;             // damped, in the given order
    std::vector<std::size_t> m_order;    // i-th to be rounded
    std::vector<double> m_columns;       // [i][k]: R_ki for k > i, in rounding order
    std::vector<double> m_pivot;         // D_i
};

} // namespace requant
