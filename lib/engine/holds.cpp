// SPDX-License-Identifier: Apache-2.0
// Admin::hold, holds and release.
#include "engine/holds.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/store_impl.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::kHold;
using engine::require;
using storage::Reader;
using storage::Writer;

constexpr auto kInvalid = StatusCode::kInvalidArgument;

}  // namespace

Hold engine::to_hold(Reader& reader, const storage::PolicyRow& row) {
  const Json rule = core::take(Json::parse(row.rule));
  Hold hold;
  hold.id = row.id;
  if (row.ns) hold.rule.name_space = reader.name_of(*row.ns);
  hold.rule.subtree = rule["subtree"].as_bool();
  hold.rule.where = core::take(Filter::from_json(rule["where"]));
  hold.rule.owner = row.owner;
  hold.rule.reason = row.reason;
  if (row.expires_at) hold.rule.expires_at = core::from_micros(*row.expires_at);
  hold.created_at = core::from_micros(row.created_at);
  hold.hits = static_cast<std::uint64_t>(row.hits);
  if (row.last_hit_at) hold.last_hit_at = core::from_micros(*row.last_hit_at);
  return hold;
}

void engine::check_where(const Filter& where) {
  if (const Status status = where.check(); !status.ok()) fail(kInvalid, "where: {}", status.message());
}

Result<std::int64_t> Admin::hold(const HoldInput& input) const {
  return guarded("hold", [&] {
    StoreImpl& store = require(impl_);
    if (input.owner.empty()) fail(kInvalid, "owner: empty");
    if (input.reason.empty()) fail(kInvalid, "reason: empty");
    engine::validate_name("owner", input.owner, store.options.limits);
    engine::validate_name("reason", input.reason, store.options.limits);
    engine::check_where(input.where);
    if (input.subtree && !input.name_space) fail(kInvalid, "subtree: of no namespace");
    if (input.expires_at == kOpenEnd) fail(kInvalid, "expires_at: an open end");
    std::optional<std::string> path;
    if (input.name_space) path = core::take(input.name_space->normalized()).to_string();
    storage::PolicyRow row;
    row.rule = Json::object({{"where", input.where.to_json()}, {"subtree", input.subtree}}).dump();
    row.owner = input.owner;
    row.reason = input.reason;
    row.created_at = store.now();
    if (input.expires_at) row.expires_at = core::to_micros(*input.expires_at);
    std::int64_t id = 0;
    store.database.write(Durability::kFull, [&](Writer& writer) {
      if (path) row.ns = writer.ensure_namespace(*path);
      id = writer.insert_policy(kHold, row);
    });
    return id;
  });
}

Result<std::vector<Hold>> Admin::holds() const {
  return guarded("holds", [&] {
    std::vector<Hold> holds;
    require(impl_).database.read([&](Reader& reader) {
      holds.clear();
      for (const storage::PolicyRow& row : reader.policies(kHold)) holds.push_back(engine::to_hold(reader, row));
    });
    return holds;
  });
}

Status Admin::release(std::int64_t hold) const {
  return guarded("release", [&] {
    require(impl_).database.write(Durability::kFull, [&](Writer& writer) {
      if (!writer.remove_policy(kHold, hold)) fail(StatusCode::kNotFound, "hold: no such hold");
    });
  });
}

}  // namespace mnemic
