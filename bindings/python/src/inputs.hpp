// SPDX-License-Identifier: Apache-2.0
// The structs that callers fill, out of dictionaries whose keys are the names of their members.
#pragma once

#include "arrays.hpp"
#include "values.hpp"

#include <mnemic/mnemic.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mnemic::python {

/// Members for which None says "not given"; for others it is a value of the wrong type.
template <typename T>
inline constexpr bool kTakesNone = false;
template <typename T>
inline constexpr bool kTakesNone<std::optional<T>> = true;
template <typename T>
inline constexpr bool kTakesNone<std::shared_ptr<T>> = true;
template <typename T>
inline constexpr bool kTakesNone<std::function<T>> = true;
template <>
inline constexpr bool kTakesNone<Json> = true;
template <>
inline constexpr bool kTakesNone<Filter> = true;
template <>
inline constexpr bool kTakesNone<Limits> = true;
template <>
inline constexpr bool kTakesNone<Provenance> = true;
template <>
inline constexpr bool kTakesNone<std::vector<Vector>> = true;

/// Takes a dictionary apart: every key must be asked for once.
class Fields {
 public:
  /// `name` starts every message: "items[3]"; "" starts none.
  Fields(nb::handle fields, std::string name);

  /// The value of `key`, if it is given.
  template <typename T>
  void take(const char* key, T& into) {
    const nb::object value = find(key);
    if (!value.is_valid() || (kTakesNone<T> && value.is_none())) return;
    read(value, Field(field(key)), into);
  }
  /// A member of a change: given, it replaces; None is a value, which empties what can be empty.
  template <typename T>
  void change(const char* key, std::optional<T>& into) {
    if (const nb::object value = find(key); value.is_valid()) read(value, Field(field(key)), into.emplace());
  }
  template <typename T>
  void change(const char* key, std::optional<std::optional<T>>& into) {
    const nb::object value = find(key);
    if (!value.is_valid()) return;
    into.emplace();
    if (!value.is_none()) read(value, Field(field(key)), into->emplace());
  }
  void change(const char* key, std::vector<Vector>& into) {
    if (const nb::object value = find(key); value.is_valid()) read(value, Field(field(key)), into);
  }
  /// Raises TypeError for a key that nobody took.
  void finish() const;

 private:
  nb::object find(const char* key);
  [[nodiscard]] std::string field(const char* key) const;

  nb::dict fields_;
  std::string name_;
  std::vector<const char*> taken_;
  std::size_t found_ = 0;
};

/// A path as the file system has it: str, bytes or os.PathLike.
std::filesystem::path path_of(nb::handle value, Field field);

/// The bytes of a key: str, as UTF-8, or bytes as they are.
struct Secret {
  std::string bytes;
};
void read(nb::handle value, Field field, Secret& into);

/// One of the library's own, or an object with `space` and `embed`.
void read(nb::handle value, Field field, std::shared_ptr<Embedder>& into);
void read(nb::handle value, Field field, std::shared_ptr<TokenCounter>& into);
void read(nb::handle value, Field field, Provenance& into);
void read(nb::handle value, Field field, RelationInput& into);
void read(nb::handle value, Field field, LayerQuota& into);
void read(nb::handle value, Field field, Attribute& into);
void read(nb::handle value, Field field, Step& into);
void read(nb::handle value, Field field, Limits& into);
void read(nb::handle value, Field field, MemoryInput& into);
void read(nb::handle value, Field field, MemoryChange& into);
void read(nb::handle value, Field field, Turn& into);
void read(nb::handle value, Field field, FactInput& into);
void read(nb::handle value, Field field, EpisodeInput& into);
void read(nb::handle value, Field field, RunInput& into);
void read(nb::handle value, Field field, JobState& into);
void read(nb::handle value, Field field, std::int32_t& into);
void read(nb::handle value, Field field, JobInput& into);
void read(nb::handle value, Field field, JobListOptions& into);
void read(nb::handle value, Field field, Budget& into);
void read(nb::handle value, Field field, PolicyInput& into);
void read(nb::handle value, Field field, TransferFormat& into);
void read(nb::handle value, Field field, OnConflict& into);
void read(nb::handle value, Field field, ExportOptions& into);
void read(nb::handle value, Field field, ImportOptions& into);
void read(nb::handle value, Field field, Options& into);
void read(nb::handle value, Field field, ScopeOptions& into);

/// None: the store's own durability.
WriteOptions write_options(nb::handle durability);

/// What recall is asked: the query and its options are one call in Python.
struct RecallRequest {
  Query query;
  RecallOptions options;
};
void read(nb::handle value, Field field, RecallRequest& into);

/// What erase is asked: the selection and its options are one call in Python.
struct EraseRequest {
  EraseSelection selection;
  EraseOptions options;
};
void read(nb::handle value, Field field, EraseRequest& into);

/// (begin, end), or a mnemic.TimeWindow.
void read(nb::handle value, Field field, TimeWindow& into);
/// A dictionary; see mnemic.PassFields.
void read(nb::handle value, Field field, Pass& into);

/// What mnemic.CancelToken holds.
struct CancelToken {
  std::stop_source source;
};

}  // namespace mnemic::python
