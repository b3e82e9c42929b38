// SPDX-License-Identifier: Apache-2.0
// Policies: adding, listing, and what each is about.
#include "engine/policies.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/retention.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

#include <algorithm>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::Reader;
using storage::Writer;
using std::chrono::seconds;

constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr seconds kLongest = std::chrono::days(36525);

std::string path_of(const Namespace& name) { return core::take(name.normalized()).to_string(); }

void check(const PolicyInput& input, const Limits& limits) {
  const bool lasts = input.kind == PolicyKind::kExpiry || input.kind == PolicyKind::kRetention;
  (void)core::take(parse_policy_kind(to_string(input.kind)));
  for (const auto& [field, value] : {std::pair<std::string_view, const std::string&>{"owner", input.owner}, {"reason", input.reason}}) {
    if (value.empty()) fail(kInvalid, "{}: empty", field);
    engine::validate_name(field, value, limits);
  }
  if (input.name_space) (void)path_of(*input.name_space);
  if (input.subtree && !input.name_space) fail(kInvalid, "subtree: of no namespace");
  engine::check_where(input.where);
  if (lasts && (input.after < seconds(1) || input.after > kLongest)) fail(kInvalid, "after: {} s where 1 s to 100 years are due", input.after.count());
  if (!lasts && input.after != seconds(0)) fail(kInvalid, "after: not of this kind");
  if (input.refresh_on_use && input.kind != PolicyKind::kExpiry) fail(kInvalid, "refresh_on_use: not of this kind");
  if (input.quarantine && input.kind != PolicyKind::kRefusal) fail(kInvalid, "quarantine: not of this kind");
  if (input.expires_at == kOpenEnd) fail(kInvalid, "expires_at: an open end");
}

storage::PolicyRow to_row(const PolicyInput& input, std::int64_t now) {
  storage::PolicyRow row;
  row.kind = to_string(input.kind);
  row.rule = Json::object({{"where", input.where.to_json()},
                           {"subtree", input.subtree},
                           {"after", static_cast<std::int64_t>(input.after.count())},
                           {"refresh_on_use", input.refresh_on_use},
                           {"quarantine", input.quarantine}})
                 .dump();
  row.owner = input.owner;
  row.reason = input.reason;
  row.dry_run = input.dry_run;
  row.created_at = now;
  if (input.expires_at) row.expires_at = core::to_micros(*input.expires_at);
  return row;
}

Policy to_policy(Reader& reader, const storage::PolicyRow& row, Timestamp now) {
  const Json rule = core::take(Json::parse(row.rule));
  Policy policy;
  policy.id = row.id;
  policy.rule.kind = core::take(parse_policy_kind(row.kind));
  if (row.ns) policy.rule.name_space = reader.name_of(*row.ns);
  policy.rule.subtree = rule["subtree"].as_bool();
  policy.rule.where = core::take(Filter::from_json(rule["where"]));
  policy.rule.after = seconds(rule["after"].as_integer());
  policy.rule.refresh_on_use = rule["refresh_on_use"].as_bool();
  policy.rule.quarantine = rule["quarantine"].as_bool();
  policy.rule.owner = row.owner;
  policy.rule.reason = row.reason;
  policy.rule.dry_run = row.dry_run;
  if (row.expires_at) policy.rule.expires_at = core::from_micros(*row.expires_at);
  policy.created_at = core::from_micros(row.created_at);
  policy.ended = policy.rule.expires_at && *policy.rule.expires_at <= now;
  policy.hits = static_cast<std::uint64_t>(row.hits);
  if (row.last_hit_at) policy.last_hit_at = core::from_micros(*row.last_hit_at);
  return policy;
}

}  // namespace

std::vector<Policy> engine::policies(Reader& reader, Timestamp now) {
  std::vector<Policy> policies;
  for (const storage::PolicyRow& row : reader.policies()) policies.push_back(to_policy(reader, row, now));
  return policies;
}

std::vector<Policy> engine::policies_in_force(Reader& reader, PolicyKind kind, Timestamp now) {
  std::vector<Policy> found;
  for (const storage::PolicyRow& row : reader.policies()) {
    if (row.kind != to_string(kind)) continue;
    Policy policy = to_policy(reader, row, now);
    if (!policy.ended) found.push_back(std::move(policy));
  }
  return found;
}

std::string engine::described(const Policy& policy) { return fmt::format("policy {} of {}: {}", policy.id, policy.rule.owner, policy.rule.reason); }

bool engine::covers(Reader& reader, const PolicyInput& rule, const std::string& path, const storage::Record& record) {
  if (rule.name_space) {
    const std::string of = rule.name_space->to_string();
    if (path != of && !(rule.subtree && path.starts_with(of + '/'))) return false;
  }
  return reader.passes(record, rule.where);
}

std::optional<storage::AnyVersion> engine::any_version(Reader& reader, const std::optional<Namespace>& name, bool subtree, const Filter& where) {
  storage::AnyVersion any{.where = &where};
  if (!name) return any;
  const std::string path = path_of(*name);
  if (subtree) {
    any.namespaces = reader.subtree(path);
  } else if (const auto ns = reader.find_namespace(path)) {
    any.namespaces = {*ns};
  } else {
    return std::nullopt;
  }
  return any;
}

void engine::check_where(const Filter& where) {
  if (const Status status = where.check(); !status.ok()) fail(kInvalid, "where: {}", status.message());
}

Policies::Policies(std::shared_ptr<StoreImpl> impl) : impl_(std::move(impl)) {}
Policies Store::policies() const { return Policies(impl_); }

Result<PolicyId> Policies::add(const PolicyInput& input) const {
  return guarded("add", [&] {
    StoreImpl& store = require(impl_);
    check(input, store.options.limits);
    storage::PolicyRow row = to_row(input, store.now());
    PolicyId id = 0;
    store.database.write(Durability::kFull, [&](Writer& writer) {
      if (input.name_space) row.ns = writer.ensure_namespace(path_of(*input.name_space));
      id = writer.insert_policy(row);
      if (input.kind == PolicyKind::kRetention) engine::look_for_due_soon(writer);
    });
    return id;
  });
}

Result<std::vector<MemoryId>> Policies::preview(const PolicyInput& input) const {
  return guarded("preview", [&] {
    StoreImpl& store = require(impl_);
    check(input, store.options.limits);
    std::vector<MemoryId> ids;
    const Timestamp now = store.options.clock->now();
    store.database.read([&](Reader& reader) {
      ids.clear();
      const auto any = engine::any_version(reader, input.name_space, input.subtree, input.where);
      if (!any) return;
      if (input.kind == PolicyKind::kRetention) {
        engine::each_due(reader, input, now, [&ids](const MemoryId& id) { return ids.push_back(id), true; });
        return;
      }
      for (const MemoryId& id : reader.with_any_version(*any)) {
        const auto record = reader.current(id);
        if (input.kind != PolicyKind::kHold && !(record && reader.passes(*record, input.where))) continue;
        if (input.kind == PolicyKind::kExpiry && record->memory.expires_at) continue;
        ids.push_back(id);
      }
    });
    return ids;
  });
}

Result<Policy> Policies::get(PolicyId id) const {
  return guarded("get", [&] {
    const auto all = core::take(list());
    const auto found = std::find_if(all.begin(), all.end(), [id](const Policy& policy) { return policy.id == id; });
    if (found == all.end()) fail(StatusCode::kNotFound, "id: no such policy");
    return *found;
  });
}

Result<std::vector<Policy>> Policies::list() const {
  return guarded("list", [&] {
    StoreImpl& store = require(impl_);
    std::vector<Policy> policies;
    const Timestamp now = store.options.clock->now();
    store.database.read([&](Reader& reader) { policies = engine::policies(reader, now); });
    return policies;
  });
}

Status Policies::remove(PolicyId id) const {
  return guarded("remove", [&] {
    require(impl_).database.write(Durability::kFull, [&](Writer& writer) {
      if (!writer.remove_policy(id)) fail(StatusCode::kNotFound, "id: no such policy");
    });
  });
}

Json to_json(const Policy& policy) {
  const PolicyInput& rule = policy.rule;
  std::vector<Json::Member> members{{"id", policy.id}, {"kind", to_string(rule.kind)}};
  if (rule.name_space) members.emplace_back("namespace", rule.name_space->to_string());
  members.emplace_back("subtree", rule.subtree);
  members.emplace_back("where", rule.where.to_json());
  if (rule.after != seconds(0)) members.emplace_back("after", static_cast<std::int64_t>(rule.after.count()));
  if (rule.kind == PolicyKind::kExpiry) members.emplace_back("refresh_on_use", rule.refresh_on_use);
  if (rule.kind == PolicyKind::kRefusal) members.emplace_back("quarantine", rule.quarantine);
  members.emplace_back("owner", rule.owner);
  members.emplace_back("reason", rule.reason);
  members.emplace_back("dry_run", rule.dry_run);
  members.emplace_back("created_at", to_string(policy.created_at));
  if (rule.expires_at) members.emplace_back("expires_at", to_string(*rule.expires_at));
  members.emplace_back("ended", policy.ended);
  members.emplace_back("hits", policy.hits);
  if (policy.last_hit_at) members.emplace_back("last_hit_at", to_string(*policy.last_hit_at));
  return Json::object(members);
}

}  // namespace mnemic
