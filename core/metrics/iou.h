// SPDX-License-Identifier: GPL-3.0-or-later
// Intersection over union: how far the boxes and masks of two networks are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace requant {

struct Detection
{
    double ymin = 0, xmin = 0, ymax = 0, xmax = 0;
    std::int64_t label = 0;
    double score = 0;
};

// Area of the intersection by area of the union; 0 where a box has no area or a coordinate is not finite.
double boxIou(const Detection &, const Detection &);

// Detections of one picture. The source's with a score of at least kCertain are wanted. In order of falling score
// (equal ones as listed) each takes, of the other's detections of the same class with a score of at least kUncertain
// that nobody took, the one with the largest IoU (of equal ones the first), if that is at least kSameBox.
struct BoxAgreement
{
    static constexpr double kCertain = 0.5, kUncertain = 0.25, kSameBox = 0.5;
    std::size_t wanted = 0, matched = 0; // of the source
    std::size_t certain = 0,
                extra = 0; // of the other: with a score of at least kCertain, and of those the ones nobody took
    double iouSum = 0;     // of the matched
    void merge(const BoxAgreement &);
    double meanIou() const;      // over the wanted, 0 for those without a match; NaN where nothing is wanted
    double matchedShare() const; // NaN where nothing is wanted
};
BoxAgreement compareBoxes(std::span<const Detection> source, std::span<const Detection> other);

// The four outputs of TFLite_Detection_PostProcess as real values: boxes [n][4] as ymin, xmin, ymax, xmax, then
// classes, scores and how many of them count. Stops at the shortest.
std::vector<Detection> readDetections(std::span<const double> boxes, std::span<const double> classes,
                                      std::span<const double> scores, double count);

// Masks: a class for each pixel. The mean IoU is over classes of all pixels of all pictures, as in the PASCAL VOC
// challenge, with the source's mask for the truth; a class that neither has does not count.
class MaskAgreement
{
public:
    // False where the masks are not of one size; then nothing is added.
    bool add(std::span<const std::int64_t> source, std::span<const std::int64_t> other);
    void merge(const MaskAgreement &);
    double meanIou() const;    // NaN without a pixel
    double equalShare() const; // of the pixels; NaN without a pixel
    std::size_t classes() const { return m_classes.size(); }

private:
    struct Class
    {
        std::uint64_t both = 0, source = 0, other = 0;
    };
    std::map<std::int64_t, Class> m_classes;
    std::uint64_t m_equal = 0, m_count = 0;
};

// The class with the largest value at each place; of equal ones the first. `values` is [places][classes].
std::vector<std::int64_t> largestClasses(std::span<const double> values, std::size_t classes);

} // namespace requant
