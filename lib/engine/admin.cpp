// SPDX-License-Identifier: Apache-2.0
// Admin: powers over the whole store.
#include "core/error.hpp"
#include "engine/scope_impl.hpp"

#include <mnemic/store.hpp>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::Reader;
using storage::Writer;

struct Paths {
  std::string reader;
  std::string target;
};

Paths normal_paths(const Namespace& reader, const Namespace& target) {
  Paths paths{core::take(reader.normalized()).to_string(), core::take(target.normalized()).to_string()};
  if (paths.reader == paths.target) fail(StatusCode::kInvalidArgument, "target: a namespace reads itself already");
  return paths;
}

}  // namespace

Admin::Admin(std::shared_ptr<StoreImpl> impl) : impl_(std::move(impl)) {}

Result<std::vector<Namespace>> Admin::namespaces() const {
  return guarded("namespaces", [&] {
    std::vector<Namespace> all;
    require(impl_).database.read([&](Reader& reader) {
      for (const auto& [id, path] : reader.namespaces()) all.push_back(Reader::to_name(path));
    });
    return all;
  });
}

Result<Memory> Admin::find(MemoryId id, const ReadOptions& options) const {
  return guarded("find", [&] {
    std::optional<Memory> memory;
    require(impl_).database.read([&](Reader& reader) {
      auto record = reader.current(id);
      if (!record) fail(StatusCode::kNotFound, "id: no such memory");
      memory = engine::finish(reader, *std::move(record), options.vectors);
    });
    return *std::move(memory);
  });
}

Result<std::vector<Memory>> Admin::history(MemoryId id) const {
  return guarded("history", [&] {
    std::vector<Memory> versions;
    require(impl_).database.read([&](Reader& reader) {
      for (storage::Record& record : reader.history(id)) {
        versions.push_back(engine::finish(reader, std::move(record), false));
      }
    });
    if (versions.empty()) fail(StatusCode::kNotFound, "id: no such memory");
    return versions;
  });
}

Status Admin::grant(const Namespace& reader, const Namespace& target) const {
  return guarded("grant", [&] {
    StoreImpl& store = require(impl_);
    const Paths paths = normal_paths(reader, target);
    const std::int64_t now = store.now();
    store.database.write(store.options.durability, [&](Writer& writer) {
      writer.grant(writer.ensure_namespace(paths.reader), writer.ensure_namespace(paths.target), now);
    });
  });
}

Status Admin::revoke(const Namespace& reader, const Namespace& target) const {
  return guarded("revoke", [&] {
    StoreImpl& store = require(impl_);
    const Paths paths = normal_paths(reader, target);
    const std::int64_t now = store.now();
    store.database.write(store.options.durability, [&](Writer& writer) {
      const auto reader_id = writer.find_namespace(paths.reader);
      const auto target_id = writer.find_namespace(paths.target);
      if (!reader_id || !target_id || !writer.revoke(*reader_id, *target_id, now)) fail(StatusCode::kNotFound, "no such grant");
    });
  });
}

Result<std::vector<Grant>> Admin::grants() const {
  return guarded("grants", [&] {
    std::vector<Grant> grants;
    require(impl_).database.read([&](Reader& reader) { grants = reader.grants(); });
    return grants;
  });
}

}  // namespace mnemic
