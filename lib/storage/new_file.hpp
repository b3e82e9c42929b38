// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name whole, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace mnemic::storage {

/// Made under a temporary name, with mode 0600, in the directory where it is to be; given its own name once it is complete,
/// and in the place of another file only if that is said. The files that SQLite may put beside it are its own too.
class NewFile {
 public:
  enum class Place : std::uint8_t { kFree, kTaken };
  /// @throws StatusError kAlreadyExists: something is there, or a left -wal, -shm or -journal that SQLite would take for
  ///         its own. kInvalidArgument, kNotFound, kPermissionDenied, kIo, kResourceExhausted.
  explicit NewFile(const std::filesystem::path& path, Place place = Place::kFree);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();  ///< removes what was not published

  /// Where it is until it is published.
  [[nodiscard]] const std::string& temporary() const noexcept { return temporary_; }
  /// Gives it its name, durably. Before, its content was synced and everybody has closed it.
  /// @throws StatusError as the constructor; nothing is there then.
  void publish();
  /// The same in the place of what is there, in one step. Nobody has that open, and nothing of it is beside it.
  /// @param keep_as  what is there stays under this name, of the same directory, which must be free; "": it is gone
  void publish_over(const std::string& keep_as);

 private:
  void refuse_taken() const;
  void name_it() const;
  void sync_directory(bool undo) const;
  [[nodiscard]] bool exchange() const;
  std::string path_;
  std::string temporary_;  // empty once published
  int directory_ = -1;
};

}  // namespace mnemic::storage
