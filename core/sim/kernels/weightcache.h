// SPDX-License-Identifier: GPL-3.0-or-later
// Packed weights, once for all simulators that compute with the same constant: of one model on several threads, and of models
// that share buffers, as a source and its variants do. The cache keeps nothing alive: an entry goes with its last user.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace requant {

class WeightCache
{
public:
    // What packed weights depend on: the bytes by their identity (buffers do not change), and how they are read.
    struct Key
    {
        const std::byte *data = nullptr;
        std::size_t bytes = 0;
        std::vector<std::int64_t> form; // packing, type, shape, zero points
        auto operator<=>(const Key &) const = default;
    };
    static Key keyOf(const KernelSetup &, std::size_t input, std::vector<std::int64_t> form);
    static WeightCache &shared();

    // The packed weights of a constant input of the operator; made by `make()` if there are none. `form` is all else that the
    // packing depends on; it tells one type Packed from another.
    template <class Packed, class Make>
    std::shared_ptr<const Packed> get(const KernelSetup &s, std::size_t input, std::vector<std::int64_t> form, Make &&make)
    {
        const Key key = keyOf(s, input, std::move(form));
        if (auto found = find(key))
            return std::static_pointer_cast<const Packed>(found);
        // While packed weights live so does their buffer: no other one can have its address.
        struct Held
        {
            std::shared_ptr<const Packed> packed;
            std::shared_ptr<const void> owner;
        };
        auto held = std::make_shared<const Held>(Held{make(), s.model().buffers[s.input(input).buffer.pos()].owner});
        return std::static_pointer_cast<const Packed>(insert(key, std::shared_ptr<const void>(held, held->packed.get())));
    }

    std::size_t size();               // entries in use
    std::uint64_t packings() const { return m_packings; } // made so far

private:
    std::shared_ptr<const void> find(const Key &);
    // The entry that another thread has made in the meantime, or this one.
    std::shared_ptr<const void> insert(const Key &, std::shared_ptr<const void>);

    std::mutex m_mutex;
    std::map<Key, std::weak_ptr<const void>> m_entries;
    std::atomic<std::uint64_t> m_packings{0};
};

} // namespace requant
