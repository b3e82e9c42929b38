// SPDX-License-Identifier: Apache-2.0
// Scope: the capability on one namespace, and the only way in for agent code.
#pragma once

#include <mnemic/batch.hpp>
#include <mnemic/export.hpp>
#include <mnemic/lifecycle/forget.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>
#include <mnemic/recall.hpp>
#include <mnemic/recall/explanation.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// Order of a listing; ties by id, the smaller first. `kNewest`, `kOldest`: by event time. `kCreated`: oldest write first.
enum class Order : std::uint8_t { kNewest, kOldest, kCreated };

struct ListOptions {
  Filter where = {};
  Order order = Order::kNewest;
  std::size_t limit = 100;  ///< memories per page, 1 to Limits::k
  std::string cursor = {};  ///< `Page::next` of the page before; "" = the first
};

/// One page of a listing.
struct Page {
  std::vector<Memory> items;
  std::string next;  ///< opaque; "" when this was the last page
  [[nodiscard]] auto begin() const noexcept { return items.begin(); }
  [[nodiscard]] auto end() const noexcept { return items.end(); }
};

struct ReadOptions {
  bool vectors = false;  ///< also read the vectors back
};

/// Which end of its relations a memory is.
enum class Direction : std::uint8_t { kBoth, kOutgoing, kIncoming };

struct RelatedOptions {
  std::string type = {};  ///< "" = every type
  Direction direction = Direction::kBoth;
  Filter where = {};        ///< for the memory at the other end
  std::size_t limit = 100;  ///< 1 to Limits::k
  Seq after = 0;            ///< only relations made after this change: `relation.seq` of the last one, for the next page
};

/// A relation, and the memory at its other end.
struct Related {
  Relation relation;
  Memory memory;
};

/// As JSON: `relation` and `memory`. @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Related& related);

class Session;  // the four layers: <mnemic/layers/session.hpp>, episodes.hpp, facts.hpp, skills.hpp
class Episodes;
class Facts;
class Skills;
struct SessionInfo;
struct ScopeImpl;

/// A view of one namespace with the rights it was minted with. Cheap to copy; safe from many threads; keeps its store
/// alive and answers kFailedPrecondition after `Store::close()`.
///
/// Whatever lies outside (another namespace, what `ScopeOptions::where` excludes) does not exist here: its ids answer
/// kNotFound exactly as unknown ids do, and it counts in no statistic. A namespace never written to is empty.
///
/// Errors every call may answer besides those it lists: kFailedPrecondition (the store is closed, or was carried across
/// fork()), kBusy, kIo, kResourceExhausted, kCorruption (the file). A failed call changes nothing.
class MNEMIC_EXPORT Scope {
 public:
  [[nodiscard]] const Namespace& name() const noexcept;
  [[nodiscard]] const ScopeOptions& options() const noexcept;

  /// The same namespace with fewer rights: `access` and `reach` may only shrink, `where` is ANDed with this scope's;
  /// `user`, `agent` and `session` may be set where this scope has none. A `time_zone` replaces this scope's.
  /// @errors  kPermissionDenied: it would widen, or names another user, agent or session. kInvalidArgument: a bad filter.
  /// @threads Any. @since 0.1
  Result<Scope> narrow(const ScopeOptions& options) const;

  /// Stores a memory. With a `key` that is taken in this namespace and layer, replaces that memory: same id, next version.
  /// Recallable by words, and by vector, when it returns.
  /// @errors  kInvalidArgument: nothing to store, broken UTF-8, a limit, a vector of the wrong dimension, non-finite or
  ///          zero, an unknown time zone, importance outside [0, 1]; the message names the field. kPermissionDenied: a
  ///          read-only scope, or the screen refused. kAlreadyExists: the key is held by a memory outside `where`.
  ///          kFailedPrecondition: a read-only store.
  /// @threads Any. Calls Screen, Embedder, Clock and RandomSource on this thread, without locks.
  /// @cost one embedding and one commit (shared with concurrent writers); grows with the text only.
  /// @since 0.1
  Result<MemoryId> put(const MemoryInput& input, const WriteOptions& options = {}) const;

  /// The current version of one memory.
  /// @errors  kNotFound: unknown, forgotten, expired, or not this scope's. kCorruption: its checksum does not hold.
  /// @threads Any. @cost one lookup. @since 0.1
  Result<Memory> get(MemoryId id, const ReadOptions& options = {}) const;
  /// The same by key, in this scope's own namespace.
  /// @errors  As above. @threads Any. @since 0.1
  Result<Memory> get(Layer layer, std::string_view key, const ReadOptions& options = {}) const;

  /// Changes a memory of this scope's own namespace; what is not set in `change` stays.
  /// @return  the version now current.
  /// @errors  kNotFound: as for get. kAborted: `if_version` is not the current version. kInvalidArgument,
  ///          kPermissionDenied, kFailedPrecondition: as for put.
  /// @threads Any. @cost as put. @since 0.1
  Result<Written> update(MemoryId id, const MemoryChange& change, const UpdateOptions& options = {}) const;

  /// Forgets memories of this scope's own namespace: from now on no read finds them. Their rows stay in the file as
  /// history, and `recover` takes it back, until they are erased: by Admin::erase, or a job when Options::recover_within is over.
  /// @return  what was forgotten. Forgetting by filter nothing that matches is not an error.
  /// @errors  kNotFound: (by id) as for get. kInvalidArgument: a bad filter. kPermissionDenied, kFailedPrecondition: as put.
  /// @threads Any. @cost one commit; by filter, grows with the namespace. @since 0.1
  Result<ForgetReport> forget(MemoryId id, const ForgetOptions& options = {}) const;
  /// @errors As above. @threads Any. @since 0.1
  Result<ForgetReport> forget(const Filter& where, const ForgetOptions& options = {}) const;
  /// Brings a forgotten memory back as its next version, with the relations that ended because it or their other end was forgotten.
  /// @errors  kNotFound: unknown, erased, or not this scope's. kFailedPrecondition: not forgotten. kAlreadyExists: another one has its
  ///          key now. Otherwise as put. @threads Any. @cost one commit. @since 0.1
  Result<Written> recover(MemoryId id, const WriteOptions& options = {}) const;

  /// Links two memories: `from` of this scope's own namespace, `to` any that it reads. A link that stands already is
  /// left as it is, or gets the new metadata; either is no error. See Relation.
  /// @errors  kNotFound: `from` or `to`, as for get. kInvalidArgument: a bad type or metadata, or a memory with itself.
  ///          kPermissionDenied, kFailedPrecondition: as for put.
  /// @threads Any. @cost one commit. @since 0.1
  Status relate(MemoryId from, std::string_view type, MemoryId to, const Json& metadata = {}, const WriteOptions& options = {}) const;
  /// Ends a link. That there is none is no error.
  /// @errors  kNotFound: `from`, as for get. kInvalidArgument: a bad type. kPermissionDenied, kFailedPrecondition: as put.
  /// @threads Any. @cost one commit. @since 0.1
  Status unrelate(MemoryId from, std::string_view type, MemoryId to, const WriteOptions& options = {}) const;
  /// The relations of one memory, in the order they were made. Those whose other end this scope does not see are not
  /// there for it.
  /// @errors  kNotFound: as for get. kInvalidArgument: a bad type or filter, `limit` of 0 or above Limits::k.
  /// @threads Any. @cost O(relations of the memory). @since 0.1
  Result<std::vector<Related>> related(MemoryId id, const RelatedOptions& options = {}) const;

  /// Applies several changes in one commit, all or none.
  /// @return  one entry per operation, in order.
  /// @errors  The first operation that fails decides; its message starts with "operation <n>: ", n from 0.
  ///          kInvalidArgument: more than Limits::batch operations. An exception thrown by `fill` is passed on.
  /// @threads Any. @cost one embedding call and one commit for all. @since 0.1
  Result<std::vector<Written>> write(const Batch& batch, const WriteOptions& options = {}) const;
  /// As above; `fill` is called once, on this thread, before anything else happens.
  /// @errors As above. @threads Any. @since 0.1
  Result<std::vector<Written>> write(const std::function<void(Batch&)>& fill, const WriteOptions& options = {}) const;

  /// Memories by filter, page by page. A page read later sees the store as it is then: nothing is skipped or repeated but
  /// what changed its place meanwhile.
  /// @errors  kInvalidArgument: a bad filter, `limit` of 0 or above Limits::k, a cursor of another listing.
  /// @threads Any. @cost O(limit) for the orders, more for a selective filter. @since 0.1
  Result<Page> list(const ListOptions& options = {}) const;

  /// How many memories match.
  /// @errors  kInvalidArgument: a bad filter. @threads Any. @cost grows with the namespace. @since 0.1
  Result<std::size_t> count(const Filter& where = {}) const;

  /// Returns the memories that best answer `query`, best first, of all layers at once. Words and vectors nominate on
  /// their own; calibrated scores are summed; neighbouring turns lend each other score; then boosts, weights and quotas of
  /// layers; diversity and follow-up passes when asked for. Fewer than `k` hits is not an error, nor is a deadline that passed.
  /// Memories in state rejected, superseded or quarantined, and expired ones, are not searched, nor are facts that do not
  /// hold at `valid_at`.
  /// @errors  kInvalidArgument: neither text nor vector, broken UTF-8, text over Limits::text_bytes, `k` of 0 or above
  ///          Limits::k, a vector of an unknown space, of the wrong dimension, non-finite or zero, a bad filter, a boost, share or
  ///          diversity outside [0, 1], a `min_score` below 0, a layer named twice in `per_layer`, its weight outside [0, 100],
  ///          quotas that cannot be met, a window that does not end after it begins, more than 32 `max_passes`, no depth, a
  ///          `deadline` of 0 or less, a bad pass of the Planner. kInternal: the Planner threw; its own failures as they are.
  /// @threads Any. Calls Embedder, Planner and Clock on this thread, without locks.
  /// @cost    the first recall of a namespace loads its words and vectors; later ones take in what changed. Then one
  ///          embedding and a scan of the namespace's vectors.
  /// @source  BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, eq. 3.15; parameters and fusion
  ///          weights: docs/quality.md.
  /// @since 0.1
  Result<RecallResult> recall(const Query& query, const RecallOptions& options = {}) const;

  /// Why `recall(query, options)` does or does not return this memory.
  /// @errors  kNotFound: unknown, forgotten, or not this scope's. (An expired memory is explained.) Otherwise as recall.
  /// @threads Any. @cost one recall over everything. @since 0.1
  Result<Explanation> why(const Query& query, MemoryId id, const RecallOptions& options = {}) const;

  /// A handle on one conversation; nothing is stored until a turn is appended.
  /// @threads Any. @since 0.1
  [[nodiscard]] Session session(std::string id) const;

  /// The other three layers, each with calls of its own.
  /// @threads Any. @since 0.1
  [[nodiscard]] Episodes episodes() const;
  [[nodiscard]] Facts facts() const;
  [[nodiscard]] Skills skills() const;

  /// The sessions of this scope's own namespace, the one with the latest turn first; ties by id.
  /// @errors  none of its own. @threads Any. @cost O(turns). @since 0.1
  Result<std::vector<SessionInfo>> sessions() const;

 private:
  friend class Store;
  explicit Scope(std::shared_ptr<const ScopeImpl> impl);
  std::shared_ptr<const ScopeImpl> impl_;
};

}  // namespace mnemic
