// SPDX-License-Identifier: Apache-2.0
// Store: open, close, and what concerns the whole file.
#include "core/error.hpp"
#include "engine/scope_impl.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;

void report(const StoreImpl& impl, const Status& status) noexcept {
  if (status.ok() || !impl.options.log) return;
  try {
    impl.options.log(status.to_string());
  } catch (...) {  // the hook must not throw; there is nowhere left to say that it did
  }
}

}  // namespace

Store::Store(std::shared_ptr<StoreImpl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&& other) noexcept {
  if (this != &other) {
    if (impl_) report(*impl_, close());
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Store::~Store() {
  if (impl_) report(*impl_, close());
}

Result<Store> Store::open(const std::filesystem::path& path, const Options& options) {
  return guarded("open", [&] { return Store(engine::open_store(path, options)); });
}

Result<Scope> Store::scope(const Namespace& name, const ScopeOptions& options) const {
  return guarded("scope", [&] {
    StoreImpl& store = require(impl_);
    store.database.require_open();
    auto scope = std::make_shared<ScopeImpl>();
    scope->store = impl_;
    scope->name = core::take(name.normalized());
    scope->path = scope->name.to_string();
    scope->options = options;
    engine::validate_name("user", options.user, store.options.limits);
    engine::validate_name("agent", options.agent, store.options.limits);
    engine::validate_name("session", options.session, store.options.limits);
    engine::validate_zone(options.time_zone, store.options.limits);
    core::take(options.where.check());
    return Scope(std::move(scope));
  });
}

Admin Store::admin() const { return Admin(impl_); }

Status Store::flush() const {
  return guarded("flush", [&] { require(impl_).database.flush(); });
}

Status Store::close() {
  return guarded("close", [&] {
    StoreImpl& store = require(impl_);
    store.database.close();
    store.partitions.clear();
    store.embedding_cache.clear();
  });
}

}  // namespace mnemic
