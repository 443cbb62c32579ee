// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace requant {

namespace {

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    bool close()
    {
        const int fd = m_fd;
        m_fd = -1;
        return fd < 0 || ::close(fd) == 0;
    }

private:
    int m_fd;
};

Error fileError(const Message &message, const std::filesystem::path &path, int error)
{
    Error e = makeError(message, {std::generic_category().message(error)});
    e.file = path.string();
    return e;
}

// 0 or an errno.
int writeAll(int fd, std::span<const std::byte> bytes)
{
    constexpr std::size_t kChunk = 1u << 30; // Linux writes at most 2 GiB at once
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kChunk));
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

struct OpenedFile
{
    int fd;
    std::size_t size;
};

// A regular file opened for reading, with its size; a folder or a device is an error.
Result<OpenedFile> openRegular(const std::filesystem::path &path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fileError(kCannotOpen, path, errno);
    struct stat info = {};
    if (::fstat(fd, &info) != 0) {
        const int error = errno;
        ::close(fd);
        return fileError(kCannotOpen, path, error);
    }
    if (!S_ISREG(info.st_mode)) {
        ::close(fd);
        return fileError(kCannotOpen, path, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    }
    return OpenedFile{fd, static_cast<std::size_t>(info.st_size)};
}

} // namespace

Result<MappedFile> mapFile(const std::filesystem::path &path)
{
    auto opened = openRegular(path);
    if (!opened)
        return opened.error();
    const Descriptor file(opened->fd);
    const std::size_t size = opened->size;
    if (size == 0)
        return MappedFile{{}, std::make_shared<const int>(0)};
    void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED)
        return fileError(kCannotRead, path, errno);
    MappedFile mapped;
    mapped.owner = std::shared_ptr<const void>(address, [size](const void *p) { ::munmap(const_cast<void *>(p), size); });
    mapped.bytes = {static_cast<const std::byte *>(address), size};
    return mapped;
}

void dropPages(std::span<const std::byte> mapped)
{
    if (mapped.empty())
        return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(mapped.data()) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(mapped.data() + mapped.size());
    ::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path &path)
{
    // Through a symbolic link: the link stays and its target is replaced.
    std::error_code ignored;
    AtomicFile self;
    self.m_path = self.m_target = path;
    if (std::filesystem::is_symlink(path, ignored)) {
        auto resolved = std::filesystem::weakly_canonical(path, ignored);
        if (!ignored)
            self.m_target = std::move(resolved);
    }
    if (std::filesystem::is_directory(self.m_target, ignored))
        return self.failed(EISDIR);
    std::string temporary = self.m_target.string() + ".XXXXXX";
    self.m_fd = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (self.m_fd < 0)
        return self.failed(errno);
    self.m_temporary = std::move(temporary);
    // mkostemp gives 0600: keep an existing file's mode, else what the umask allows.
    struct stat info = {};
    mode_t mode = 0;
    if (::stat(self.m_target.c_str(), &info) == 0) {
        mode = info.st_mode & 07777;
    } else {
        // The umask can only be read by setting it, which would race with other threads; /proc tells it without.
        unsigned mask = 022;
        if (auto status = readTextFile("/proc/self/status")) {
            const auto at = status->find("Umask:");
            if (at != std::string::npos)
                mask = static_cast<unsigned>(std::strtoul(status->c_str() + at + 6, nullptr, 8));
        }
        mode = 0666 & ~static_cast<mode_t>(mask);
    }
    if (::fchmod(self.m_fd, mode) != 0)
        return self.failed(errno);
    return self;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : m_path(std::move(other.m_path)), m_target(std::move(other.m_target)), m_temporary(std::exchange(other.m_temporary, {})),
      m_fd(std::exchange(other.m_fd, -1))
{
}

AtomicFile::~AtomicFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Error AtomicFile::failed(int error) const { return fileError(kCannotWrite, m_path, error); }

Status AtomicFile::append(std::span<const std::byte> bytes)
{
    if (const int error = writeAll(m_fd, bytes); error != 0)
        return failed(error);
    return success();
}

Status AtomicFile::commit()
{
    if (::fsync(m_fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return failed(errno);
    if (::close(std::exchange(m_fd, -1)) != 0)
        return failed(errno);
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        return failed(errno);
    m_temporary.clear();
    return success();
}

Status writeFileAtomically(const std::filesystem::path &path, std::span<const std::byte> bytes)
{
    auto file = AtomicFile::create(path);
    if (!file)
        return file.error();
    if (auto status = file->append(bytes); !status)
        return status;
    return file->commit();
}

Status writeFileAtomically(const std::filesystem::path &path, std::string_view text)
{
    return writeFileAtomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

Result<std::string> readTextFile(const std::filesystem::path &path)
{
    auto opened = openRegular(path);
    if (!opened)
        return opened.error();
    const Descriptor file(opened->fd);
    std::string text;
    text.reserve(opened->size);
    char chunk[1 << 16]; // files under /proc report size 0, so read to the end
    for (;;) {
        const ssize_t n = ::read(file.get(), chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fileError(kCannotRead, path, errno);
        if (n == 0)
            return text;
        text.append(chunk, static_cast<std::size_t>(n));
    }
}

} // namespace requant
