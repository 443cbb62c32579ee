// SPDX-License-Identifier: GPL-3.0-or-later
#include "allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations{0};

void *allocate(std::size_t bytes, std::size_t alignment = 0)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    const std::size_t wanted = bytes ? bytes : 1;
    void *p = alignment ? std::aligned_alloc(alignment, (wanted + alignment - 1) / alignment * alignment) : std::malloc(wanted);
    if (!p)
        throw std::bad_alloc();
    return p;
}

} // namespace

std::uint64_t testing::allocationCount() { return allocations.load(std::memory_order_relaxed); }

// The forms for arrays call these; so do those without exceptions, but not a sanitizer's.
void *operator new(std::size_t bytes) { return allocate(bytes); }
void *operator new(std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, static_cast<std::size_t>(alignment)); }
void *operator new(std::size_t bytes, const std::nothrow_t &) noexcept
{
    try {
        return allocate(bytes);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}
void operator delete(void *p, const std::nothrow_t &) noexcept { std::free(p); }
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, std::size_t) noexcept { std::free(p); }
void operator delete(void *p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { std::free(p); }
