// SPDX-License-Identifier: Apache-2.0
// Store: one file holding everything, and the powers over all of it (Admin).
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/lifecycle/erasure.hpp>
#include <mnemic/lifecycle/jobs.hpp>
#include <mnemic/lifecycle/keep.hpp>
#include <mnemic/lifecycle/policies.hpp>
#include <mnemic/lifecycle/reembed.hpp>
#include <mnemic/lifecycle/transfer.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>
#include <mnemic/scope.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// Counts and sizes of a store.
struct StoreStats {
  std::size_t namespaces = 0;
  std::size_t memories = 0;    ///< current versions
  std::size_t versions = 0;    ///< all versions, current ones included
  std::size_t sessions = 0;
  std::size_t relations = 0;   ///< that stand
  std::uint64_t seq = 0;       ///< the newest change
  std::uint64_t file_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::size_t without_vector = 0;  ///< current memories with text but no vector in the store's own space
  std::size_t jobs_waiting = 0;        ///< waiting or leased
  std::size_t jobs_dead = 0;
  std::uint64_t escalations = 0;       ///< attempts at jobs that broke their memory cap, since the file was made
  std::chrono::microseconds job_lag{0};  ///< how long the job that waits longest has been due
  std::size_t chunks = 0;              ///< sealed
  std::uint64_t chunk_bytes = 0;
  std::size_t partitions_loaded = 0;   ///< in this process
  std::uint64_t partition_hits = 0;    ///< partitions that a recall of this Store found up to date in memory
  std::uint64_t partition_misses = 0;  ///< and those it had to load or to bring up to date
  std::uint64_t cache_bytes = 0;       ///< their estimated size
  std::uint64_t embedding_hits = 0;    ///< texts whose vector this Store had kept (Options::embedding_cache_bytes)
  std::uint64_t embedding_misses = 0;  ///< and those it had not
  std::uint64_t commits = 0;           ///< made by this Store
  std::uint64_t writes = 0;            ///< write calls those commits served (more than commits: groups)
  std::string embedding_space;         ///< "name/version/dimension" of the store's own embedder, "" without one
};

/// One read grant: scopes on `reader` with Reach::kGranted also read `target` (that namespace alone, not what is below).
struct Grant {
  Namespace reader;
  Namespace target;
  Timestamp granted_at{};
};

struct StoreImpl;

/// Powers over the whole store, for the application; never hand it to agent code. Same thread-safety and errors as Store.
class MNEMIC_EXPORT Admin {
 public:
  /// Every namespace that was ever written to, in order of their printed form.
  /// @errors  kFailedPrecondition: closed. kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::vector<Namespace>> namespaces() const;
  /// The current version of a memory in whatever namespace, expired ones included.
  /// @errors  kNotFound: unknown or forgotten. kFailedPrecondition, kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<Memory> find(MemoryId id, const ReadOptions& options = {}) const;
  /// Every version of a memory, oldest first; the last one has no `seq_to` unless the memory is forgotten. Equal to a
  /// replay of what was written, but for erasures.
  /// @errors  kNotFound: unknown. kFailedPrecondition, kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::vector<Memory>> history(MemoryId id) const;
  /// Lets `reader` read `target`. Granting twice is not an error.
  /// @errors  kInvalidArgument: a bad namespace, or both the same. kFailedPrecondition: closed or read-only. kBusy, kIo,
  ///          kResourceExhausted, kCorruption. @threads Any. @since 0.1
  Status grant(const Namespace& reader, const Namespace& target) const;
  /// Ends a grant; the next call of every scope sees it gone.
  /// @errors  kNotFound: no such grant. Otherwise as grant. @threads Any. @since 0.1
  Status revoke(const Namespace& reader, const Namespace& target) const;
  /// @errors  kFailedPrecondition: closed. kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::vector<Grant>> grants() const;

  /// Erases memories in one transaction: every version, its words, vectors and relations, what was derived from them alone or
  /// quotes them, their lines in the change log, jobs that name or quote them. They are gone for every call from then on, `as_of` and
  /// `history` included. Bytes of them may stand in unused parts of the file and in the WAL until `purge`, or a job of `maintain`.
  /// @errors  kInvalidArgument: nothing selected, a bad filter or name. kFailedPrecondition: closed or read-only; a policy holds one of
  ///          them, and the message names it. kNotFound: an id without a version. kBusy, kIo, kResourceExhausted, kCorruption.
  /// @threads Any. @cost looks at every relation, job and stated provenance once; O(what is erased). @since 0.1
  Result<EraseReceipt> erase(const EraseSelection& selection, const EraseOptions& options = {}) const;
  /// Empties the WAL and blanks the unused parts of the file. @return the seq up to which erasures are complete.
  /// @errors  kBusy: somebody reads an older state; nothing is lost, call again. kFailedPrecondition: closed or read-only. kIo, kCorruption.
  /// @threads Any; writes wait meanwhile. @cost reads the whole file once. @since 0.1
  Result<Seq> purge() const;
  /// The ledger, oldest first. @errors kFailedPrecondition: closed. kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::vector<Erasure>> erasures() const;
  /// What keeps erased texts and rejected values out, oldest first. @errors as `erasures`. @threads Any. @since 0.1
  Result<std::vector<Tombstone>> tombstones() const;
  /// Writes memories with their relations, and what is declared about their namespaces, as JSON lines to a new file, mode 0600,
  /// durable, and complete when it gets its name. It shows the store at one change; other calls go on meanwhile.
  /// @errors  kAlreadyExists: something is at `path`. kNotFound: no such directory. kInvalidArgument: a bad namespace, filter or
  ///          path; `since` is later than the newest change. kCancelled: `stop`. kFailedPrecondition, kPermissionDenied, kBusy, kIo,
  ///          kResourceExhausted, kCorruption. Nothing is left at `path` on failure. @threads Any. Calls `progress` on this one.
  /// @cost    reads what is exported once; a scan of the namespaces. @since 0.1
  Result<ExportReport> export_to(const std::filesystem::path& path, const ExportOptions& options = {}) const;
  /// Brings in what `export_to` wrote, or another project's file. The file is read and checked to its end before anything is changed;
  /// then batch after batch is committed together with how far it came: called again after a kill, it goes on. Twice is no error.
  /// @errors  kCorruption: an export that was cut or changed; the message names the line. kInvalidArgument: a bad line, value or
  ///          option; not the format said. kUnsupported: a newer format. kAlreadyExists: OnConflict::kRefuse. kNotFound: no such file.
  ///          kCancelled: `stop`. kFailedPrecondition: closed, or read-only without `dry_run`. kBusy, kIo, kResourceExhausted, kCorruption.
  /// @threads Any. Calls `progress`, Screen and Embedder on this one. @cost reads the file twice; one commit a batch; keeps the ids
  ///          of the file in memory, of foreign formats all of it. @since 0.1
  Result<ImportReport> import_from(const std::filesystem::path& path, const ImportOptions& options = {}) const;

 private:
  friend class Store;
  explicit Admin(std::shared_ptr<StoreImpl> impl);
  std::shared_ptr<StoreImpl> impl_;
};

/// One SQLite file holding every memory, opened by as many processes as need it. Move-only; safe from many threads: reads
/// run side by side, writes are committed one group after another. Starts no thread; what it holds open is closed by
/// `close()` or the destructor.
class MNEMIC_EXPORT Store {
 public:
  /// Opens (or makes) a store. ":memory:" is a private store that ends with the handle; it is never on disk.
  /// While it is open, `<path>-wal` and `<path>-shm` stand beside the file and belong to it.
  /// @param path  a file path, never a URI. Directories are followed, the file itself must not be a symbolic link.
  /// @errors  kNotFound: no such file and `create` is off or the store is to be read-only, or no such directory.
  ///          kInvalidArgument: an option out of bounds; an unknown time zone or language. kCorruption: not a SQLite file, or
  ///          a damaged one. kFailedPrecondition: a database of something else, a newer format, another language than
  ///          the file's, another embedder than the one the file goes by (open it with that one or none, then `reembed`), a changed schema. kPermissionDenied: a symbolic link, or the file
  ///          may be read but not written; `key` is not the file's, or is missing. kUnsupported: a network file system; a `key` in a build
  ///          without encryption. kFailedPrecondition also: a `key` for a file that is not encrypted. kBusy, kIo, kResourceExhausted.
  /// @threads Any. @cost the same for a thousand memories and ten million. @since 0.1
  static Result<Store> open(const std::filesystem::path& path, const Options& options = {});

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;  ///< closes the one assigned to first
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();  ///< closes; a failure goes to `Options::log`

  /// Mints the capability on one namespace. Nothing is written; the namespace need not exist.
  /// @errors  kInvalidArgument: a bad namespace, filter or attribute. kFailedPrecondition: closed.
  /// @threads Any. @since 0.1
  Result<Scope> scope(const Namespace& name, const ScopeOptions& options = {}) const;

  /// The powers over the whole store. @threads Any. @since 0.1
  [[nodiscard]] Admin admin() const;

  /// The durable jobs of the store. @threads Any. @since 0.1
  [[nodiscard]] Jobs jobs() const;
  /// Its rules: what expires, is erased by itself, must not be erased or not be written. @threads Any. @since 0.1
  [[nodiscard]] Policies policies() const;
  /// Does jobs that are due, on this thread, within `budget`: those of the kinds in `handlers`, and the library's own: `embed`
  /// gives vectors to memories written without an embedder, `seal` makes large namespaces quick to load, `retain` erases what is due
  /// (Options::recover_within, retention policies), `purge` its last bytes. Any number may do so at once.
  /// @errors  kInvalidArgument: a bad budget, an empty handler, a handler for a kind of ours. kFailedPrecondition: closed or
  ///          read-only. kBusy, kIo, kResourceExhausted, kCorruption: what was done before stays done. A handler's failure is none.
  /// @threads Any. Calls the handlers on this thread, with no lock and no transaction. @cost two commits for each job, one of
  ///          them without a wait for the disk. @since 0.1
  Result<MaintainReport> maintain(const Budget& budget = {}, const JobHandlers& handlers = {}) const;

  /// Moves the store to another embedder, while it is in use. From now on what this Store writes gets vectors of both; `maintain` gives
  /// them to what is there, in steps, as jobs; when none is missing it lets recall go by the new one, in one transaction. The old
  /// vectors stay, and what this Store writes still gets them, until `drop_space`. Called again, after a restart too, it goes on; with the old
  /// embedder it ends the move, or with Switch::kNow after the move it is the way back. Other processes go on with the old
  /// vectors until they are opened anew; then `open` asks for the new embedder.
  /// Each memory gets a next version that differs in its vector alone: the file grows by what it holds now.
  /// @errors  kInvalidArgument: null, or a bad space. kFailedPrecondition: closed or read-only; the space is known with another dimension;
  ///          a move to a third embedder is under way. kBusy, kIo, kResourceExhausted, kCorruption.
  /// @threads Any. The embedder is called by writes and `maintain`, not by this. @cost one commit. @since 0.1
  Status reembed(std::shared_ptr<Embedder> embedder, Switch when = Switch::kWhenComplete) const;
  /// The move under way; unset when there is none. @errors kFailedPrecondition: closed. kBusy, kIo, kCorruption.
  /// @threads Any. @cost looks at every current memory. @since 0.1
  Result<std::optional<Reembedding>> reembedding() const;
  /// Gives an embedder's vectors up, when recall goes by another: they are found no more, and next versions do not have them. A move to it
  /// later begins from nothing.
  /// @errors  kNotFound: no such space of an embedder. kFailedPrecondition: recall goes by it, or a move to it is under way; closed or
  ///          read-only. kBusy, kIo, kResourceExhausted. @threads Any. @cost one commit. @since 0.1
  Status drop_space(std::string_view name, std::string_view version) const;

  /// Makes every write that has returned durable, as Durability::kFull would have.
  /// @errors  kFailedPrecondition: closed or read-only. kBusy, kIo, kResourceExhausted.
  /// @threads Any. @cost one fsync. @since 0.1
  Status flush() const;

  /// Counts and sizes. @errors kFailedPrecondition: closed. kBusy, kIo, kCorruption.
  /// @threads Any. @cost the first call counts every row; later ones look at what changed since, and at open jobs. @since 0.1
  Result<StoreStats> stats() const;
  /// The same by namespace and layer, in order of their printed form; those never written to are left out. Otherwise as `stats`.
  /// @errors  kFailedPrecondition: closed. kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::vector<LayerUsage>> usage() const;

  /// Verifies the file: SQLite's own integrity check, the schema, every row's checksum, and that versions, words, vectors, facts, relations,
  /// change log and indexes agree (docs/backup.md has the list). Reads only, but with `repair`: then what can be made anew from the rows is.
  /// @errors  kFailedPrecondition: closed, or read-only with `repair`. kBusy, kIo. Damage is no error: it is in the report.
  /// @threads Any. @cost reads the whole file. @since 0.1
  Result<CheckReport> check(bool repair = false) const;

  /// Writes a copy of the store, with every write that had returned when the call began, to a new file: a store like any
  /// other, mode 0600, durable as with Durability::kFull, nothing beside it. Other calls go on meanwhile; those on ":memory:"
  /// wait for the copying. The store is not changed; a failure leaves nothing behind. Damage is copied too: `check` the copy.
  /// @param path  a file path, never a URI; its directory must exist.
  /// @errors  kAlreadyExists: something is at `path`, be it a dangling link, or at `path` with -wal, -shm or -journal appended;
  ///          it is left alone, also when it came during the copying. kNotFound: no such directory. kInvalidArgument: a path
  ///          that names no file, ":memory:", a NUL. kFailedPrecondition: closed. kPermissionDenied, kBusy, kIo,
  ///          kResourceExhausted, kCorruption.
  /// @threads Any. @cost reads and writes the whole file; the WAL is not reset, and grows with every write, meanwhile. @since 0.1
  Status snapshot(const std::filesystem::path& path) const;

  /// A copy as `snapshot` makes it, which may take the place of an older backup of this store, in one step: that one stays whole until then.
  /// @errors  kFailedPrecondition: what is at `path` is no backup of this store, or has changes that this store has not. kBusy: it is open.
  ///          kCorruption: the copy is damaged (`BackupOptions::verify`). kInvalidArgument: `path` is this store. kCancelled. Otherwise as snapshot.
  /// @threads Any. @cost as snapshot; with `verify` reads the copy once more. @since 0.1
  Result<BackupReport> backup(const std::filesystem::path& path, const BackupOptions& options = {}) const;

  /// Closes: waits for calls under way, moves the WAL into the file when nobody else has it open. Scopes answer
  /// kFailedPrecondition from then on. Closing twice is not an error.
  /// When the WAL cannot be moved it stays behind: nothing is lost, the next open takes it in.
  /// @errors  kFailedPrecondition: in a forked child. kIo, kBusy: SQLite could not close the file.
  /// @threads Any. @since 0.1
  Status close();

 private:
  explicit Store(std::shared_ptr<StoreImpl> impl);
  std::shared_ptr<StoreImpl> impl_;
};

}  // namespace mnemic
