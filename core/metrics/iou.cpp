// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/iou.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace requant {

double boxIou(const Detection &a, const Detection &b)
{
    const double areaA = (a.ymax - a.ymin) * (a.xmax - a.xmin), areaB = (b.ymax - b.ymin) * (b.xmax - b.xmin);
    const bool proper = a.ymax > a.ymin && a.xmax > a.xmin && b.ymax > b.ymin && b.xmax > b.xmin;
    if (!proper || !std::isfinite(areaA) || !std::isfinite(areaB))
        return 0;
    const double height = std::min(a.ymax, b.ymax) - std::max(a.ymin, b.ymin),
                 width = std::min(a.xmax, b.xmax) - std::max(a.xmin, b.xmin);
    if (height <= 0 || width <= 0)
        return 0;
    const double both = height * width, all = areaA + areaB - both;
    return all > 0 ? both / all : 0;
}

void BoxAgreement::merge(const BoxAgreement &o)
{
    wanted += o.wanted;
    matched += o.matched;
    certain += o.certain;
    extra += o.extra;
    iouSum += o.iouSum;
}

double BoxAgreement::meanIou() const
{
    return wanted ? iouSum / static_cast<double>(wanted) : std::numeric_limits<double>::quiet_NaN();
}

double BoxAgreement::matchedShare() const
{
    return wanted ? static_cast<double>(matched) / static_cast<double>(wanted)
                  : std::numeric_limits<double>::quiet_NaN();
}

BoxAgreement compareBoxes(std::span<const Detection> source, std::span<const Detection> other)
{
    BoxAgreement out;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < source.size(); ++i)
        if (source[i].score >= BoxAgreement::kCertain)
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return source[a].score > source[b].score; });
    std::vector<bool> taken(other.size(), false);
    out.wanted = order.size();
    for (const std::size_t i : order) {
        std::size_t best = other.size();
        double most = 0;
        for (std::size_t k = 0; k < other.size(); ++k) {
            if (taken[k] || other[k].label != source[i].label || !(other[k].score >= BoxAgreement::kUncertain))
                continue;
            if (const double iou = boxIou(source[i], other[k]); iou >= BoxAgreement::kSameBox && iou > most) {
                most = iou;
                best = k;
            }
        }
        if (best == other.size())
            continue;
        taken[best] = true;
        ++out.matched;
        out.iouSum += most;
    }
    for (std::size_t k = 0; k < other.size(); ++k)
        if (other[k].score >= BoxAgreement::kCertain) {
            ++out.certain;
            out.extra += !taken[k];
        }
    return out;
}

std::vector<Detection> readDetections(std::span<const double> boxes, std::span<const double> classes,
                                      std::span<const double> scores, double count)
{
    std::size_t n = std::min({boxes.size() / 4, classes.size(), scores.size()});
    n = count >= 0 ? std::min(n, static_cast<std::size_t>(std::min(count, static_cast<double>(n)))) : 0; // NaN: none
    std::vector<Detection> out;
    for (std::size_t i = 0; i < n; ++i) {
        const auto box = boxes.subspan(4 * i, 4);
        const double label = std::isfinite(classes[i]) ? std::clamp(classes[i], -0x1p31, 0x1p31) : -1;
        out.push_back({box[0], box[1], box[2], box[3], static_cast<std::int64_t>(std::lround(label)), scores[i]});
    }
    return out;
}

bool MaskAgreement::add(std::span<const std::int64_t> source, std::span<const std::int64_t> other)
{
    if (source.size() != other.size())
        return false;
    // Neighbours are mostly alike: one look-up for each run of equal pairs.
    for (std::size_t i = 0; i < source.size();) {
        std::size_t end = i + 1;
        while (end < source.size() && source[end] == source[i] && other[end] == other[i])
            ++end;
        const std::uint64_t n = end - i;
        Class &a = m_classes[source[i]];
        a.source += n;
        m_classes[other[i]].other += n;
        if (source[i] == other[i]) {
            a.both += n;
            m_equal += n;
        }
        i = end;
    }
    m_count += source.size();
    return true;
}

void MaskAgreement::merge(const MaskAgreement &o)
{
    for (const auto &[label, c] : o.m_classes) {
        Class &mine = m_classes[label];
        mine.both += c.both;
        mine.source += c.source;
        mine.other += c.other;
    }
    m_equal += o.m_equal;
    m_count += o.m_count;
}

double MaskAgreement::meanIou() const
{
    if (m_classes.empty())
        return std::numeric_limits<double>::quiet_NaN();
    const double sum = std::accumulate(m_classes.begin(), m_classes.end(), 0.0, [](double s, const auto &entry) {
        const Class &c = entry.second;
        return s + static_cast<double>(c.both) / static_cast<double>(c.source + c.other - c.both);
    });
    return sum / static_cast<double>(m_classes.size());
}

double MaskAgreement::equalShare() const
{
    return m_count ? static_cast<double>(m_equal) / static_cast<double>(m_count)
                   : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::int64_t> largestClasses(std::span<const double> values, std::size_t classes)
{
    std::vector<std::int64_t> out;
    for (std::size_t at = 0; classes > 0 && at + classes <= values.size(); at += classes) {
        const auto place = values.subspan(at, classes);
        out.push_back(std::max_element(place.begin(), place.end()) - place.begin());
    }
    return out;
}

} // namespace requant
