// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/machine.hpp"

#include <mnemic/version.hpp>

#include <fmt/format.h>

#include <sys/utsname.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace mnemic::cli::bench {
namespace {

constexpr const char* kUnknown = "unknown";

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  utsname system{};
  return uname(&system) == 0 ? system.machine : kUnknown;
}

std::string kernel() {
  utsname system{};
  return uname(&system) == 0 ? fmt::format("{} {} {}", system.sysname, system.release, system.machine) : kUnknown;
}

std::string file_system(const std::filesystem::path& place) {
#ifdef __linux__
  struct statfs system {};
  if (statfs(place.c_str(), &system) != 0) return kUnknown;
  const auto type = static_cast<std::uint32_t>(system.f_type);
  constexpr std::array kNames = std::to_array<std::pair<std::uint32_t, const char*>>({{0xEF53, "ext4"},
                                                                                      {0x58465342, "xfs"},
                                                                                      {0x9123683E, "btrfs"},
                                                                                      {0x01021994, "tmpfs"},
                                                                                      {0x794C7630, "overlayfs"},
                                                                                      {0x2FC12FC1, "zfs"},
                                                                                      {0xF2F52010, "f2fs"},
                                                                                      {0x65735546, "fuse"},
                                                                                      {0x858458F6, "ramfs"},
                                                                                      {0xCA451A4E, "bcachefs"}});
  for (const auto& [number, name] : kNames) {
    if (number == type) return name;
  }
  return fmt::format("0x{:x}", type);
#else
  static_cast<void>(place);
  return kUnknown;
#endif
}

std::string build_type() {
#ifdef MNEMIC_BUILD_TYPE
  if (*MNEMIC_BUILD_TYPE != '\0') return MNEMIC_BUILD_TYPE;
#endif
  return kUnknown;
}

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return kUnknown;
#endif
}

}  // namespace

Json describe_machine(const std::filesystem::path& place) {
  std::vector<Json::Member> members{{"cpu", cpu_model()}};
  if (const long cores = sysconf(_SC_NPROCESSORS_ONLN); cores > 0) members.emplace_back("cores", std::int64_t{cores});
  const long pages = sysconf(_SC_PHYS_PAGES);
  if (pages > 0) members.emplace_back("memory_bytes", std::int64_t{pages} * std::int64_t{sysconf(_SC_PAGESIZE)});
  members.emplace_back("kernel", kernel());
  members.emplace_back("file_system", file_system(place));
  members.emplace_back("build", build_type());
  members.emplace_back("compiler", compiler());
  members.emplace_back("mnemic", MNEMIC_VERSION);
  double load = 0;
  if (getloadavg(&load, 1) == 1) members.emplace_back("load", load);
  return Json::object(members);
}

std::optional<std::uint64_t> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void return_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace mnemic::cli::bench
