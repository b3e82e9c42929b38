// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include "bind.hpp"

#include <Python.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mnemic::python {
namespace {

/// Which file, however it is spelled, and whose store has it open.
struct Entry {
  dev_t device;
  ino_t inode;
  pid_t process;
  bool operator==(const Entry&) const = default;
  [[nodiscard]] bool is_of(const struct stat& file) const { return device == file.st_dev && inode == file.st_ino; }
};

std::mutex mutex;             // held for a moment, with nothing called
std::vector<Entry> watched;  // guarded by mutex; those of a parent process stay: its descriptors are here too

bool is_watched(const struct stat& file, bool own_only) {
  const std::lock_guard lock(mutex);
  return std::ranges::any_of(watched, [&](const Entry& one) {
    return one.is_of(file) && (!own_only || one.process == getpid());
  });
}

bool is_anything_watched() {
  const std::lock_guard lock(mutex);
  return !watched.empty();
}

bool exists(const std::string& path, struct stat& file) {
  const Unlocked unlocked;  // as open() itself: a file system may hang
  return stat(path.c_str(), &file) == 0;
}

/// The path in a `file:` URI as SQLite reads it; "" when it is none, or of a database in memory.
std::string path_in_uri(std::string_view uri) {
  if (!uri.starts_with("file:")) return "";
  uri = uri.substr(0, uri.find('#'));
  const auto query = uri.find('?');
  if (query != std::string_view::npos && uri.substr(query).find("mode=memory") != std::string_view::npos) return "";
  std::string_view rest = uri.substr(0, query).substr(5);
  if (rest.starts_with("//")) rest = rest.substr(std::min(rest.find('/', 2), rest.size()));  // "localhost", or nothing
  std::string path;
  while (!rest.empty()) {
    unsigned char byte = 0;
    const std::string_view digits = rest[0] == '%' ? rest.substr(1, 2) : std::string_view();
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16).ptr;
    const bool escaped = digits.size() == 2 && end == digits.data() + 2;
    path += escaped ? static_cast<char>(byte) : rest[0];
    rest.remove_prefix(escaped ? 3 : 1);
  }
  return path;
}

/// The file that sqlite3.connect or open is asked for: a path, or a URI.
bool find_file(nb::handle name, bool may_be_uri, struct stat& file) {
  if (PyLong_Check(name.ptr()) != 0) return false;  // a descriptor that is open already
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(name.ptr(), static_cast<void*>(&bytes)) == 0) {
    if (PyErr_ExceptionMatches(PyExc_Exception) == 0) throw nb::python_error();  // an interrupt
    PyErr_Clear();
    return false;
  }
  const nb::object held = nb::steal(bytes);
  const std::string path(PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes)));
  return exists(path, file) || (may_be_uri && exists(path_in_uri(path), file));
}

/// Called by the interpreter for every audited event, most of which are not about files.
int on_event(const char* event, PyObject* arguments, void*) noexcept {
  const std::string_view name(event);
  const bool sqlite = name == "sqlite3.connect";
  if (!sqlite && name != "open") return 0;
  try {
    if (!is_anything_watched() || PyTuple_GET_SIZE(arguments) == 0) return 0;
    if (is_ending() || PyInterpreterState_Get() != PyInterpreterState_Main()) return 0;  // where mnemic cannot be imported
    struct stat file {};
    if (!find_file(PyTuple_GET_ITEM(arguments, 0), sqlite, file) || !is_watched(file, true)) return 0;
    nb::module_::import_("mnemic.errors").attr("_warn_live_file")(sqlite ? "sqlite3" : "open()", 2);
    return 0;
  } catch (nb::python_error& error) {
    error.restore();  // warnings that are errors: the open is refused
    return -1;
  } catch (...) {
    return 0;  // no memory for a warning
  }
}

/// Whether a descriptor of this process leads to the file. False where /proc does not tell.
bool has_descriptor_of(const struct stat& file) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end; entry.increment(error)) {
    struct stat other {};
    if (stat(entry->path().c_str(), &other) == 0 && other.st_dev == file.st_dev && other.st_ino == file.st_ino) return true;
  }
  return false;
}

}  // namespace

Watch::Watch(dev_t device, ino_t inode) : device_(device), inode_(inode) {
  const std::lock_guard lock(mutex);
  watched.push_back({device_, inode_, getpid()});
}

Watch::~Watch() {
  const std::lock_guard lock(mutex);
  const auto own = std::ranges::find(watched, Entry{device_, inode_, getpid()});
  if (own != watched.end()) watched.erase(own);
}

std::unique_ptr<const Watch> watch(const std::filesystem::path& file) {
  struct stat found {};
  if (!exists(file, found)) return nullptr;
  return std::make_unique<const Watch>(found.st_dev, found.st_ino);
}

void warn_of_other_copy(const std::filesystem::path& file) {
  struct stat found {};
  if (!exists(file, found) || is_watched(found, false) || !has_descriptor_of(found)) return;
  nb::module_::import_("mnemic.errors").attr("_warn_live_file")("something else, before this store,", 3);
}

void bind_watch(nb::module_&) {
  static bool added = false;  // once for the process: hooks stay
  if (added) return;
  if (PySys_AddAuditHook(&on_event, nullptr) != 0) throw nb::python_error();
  added = true;
}

}  // namespace mnemic::python
