// SPDX-License-Identifier: Apache-2.0
// Options: how a store is opened, how a scope is minted, how one write is made durable, and the limits.
#pragma once

#include <mnemic/clock.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/models.hpp>
#include <mnemic/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mnemic {

/// What a returned write has survived.
enum class Durability : std::uint8_t {
  kFull,     ///< kill -9 and power loss: it is on the disk (one fsync per commit, shared by a group)
  kRelaxed,  ///< kill -9, but a power cut may take the newest writes back, in order, until `Store::flush()` or the next
             ///< kFull write. No wait for the disk: for hosts whose frame must not stall.
};

enum class Access : std::uint8_t { kReadWrite, kReadOnly };

/// Bounds on input. Breaking one answers kInvalidArgument and changes nothing.
/// Raising one lets a single caller take more memory and time.
struct Limits {
  std::size_t text_bytes = 16u << 20;      ///< of one memory's text
  std::size_t content_bytes = 16u << 20;   ///< of one memory's content, as JSON
  std::size_t metadata_bytes = 64u << 10;  ///< of one memory's metadata, as JSON
  std::size_t metadata_depth = 16;
  std::size_t content_depth = 128;
  std::size_t name_bytes = 1024;           ///< of key, user, agent, session, author, one tag, a time zone
  std::size_t tags = 64;                   ///< per memory
  std::size_t vectors = 8;                 ///< per memory
  std::size_t relations = 1000;            ///< written with one memory; sources of one fact, episode or run
  std::size_t dimension = 4096;
  std::size_t batch = 100'000;             ///< operations of one write
  std::size_t k = 10'000;                  ///< hits of one recall, memories of one page
};

/// How a store is opened. The defaults suit an agent on a laptop.
struct Options {
  Access access = Access::kReadWrite;
  bool create = true;                ///< make the file (mode 0600) when it does not exist
  std::string time_zone = "UTC";     ///< IANA name; times are printed in it, and memories remember it
  std::string language = "english";  ///< Snowball stemmer of the words arm; fixed when the file is made

  /// nullptr: no vectors are computed, recall works by words (and by vectors the caller gives).
  std::shared_ptr<Embedder> embedder = default_embedder();
  std::shared_ptr<TokenCounter> token_counter = estimating_token_counter();  ///< must not be null
  std::shared_ptr<Screen> screen = {};                                            ///< nullptr: every text is accepted
  std::shared_ptr<Clock> clock = system_clock();                             ///< must not be null
  std::shared_ptr<RandomSource> random = system_random();                    ///< must not be null

  Durability durability = Durability::kFull;
  /// How long a call waits for other processes before kBusy. Longer: fewer failures, longer stalls.
  std::chrono::milliseconds busy_timeout{5000};
  std::size_t readers = 4;  ///< read connections, made when needed; more costs about 2 MB each under load; 1 to 64
  /// Memory for the searchable form of namespaces; those asked longest ago are let go of first. One that alone is larger is
  /// still answered, slower: without its vectors in memory, or loaded anew for each call. About 1 KB a memory when there is room.
  std::uint64_t cache_bytes = std::uint64_t{2} << 30;
  /// Memory for vectors that the embedder gave before: a text that is stored or asked again in the same namespace is not embedded
  /// again. Those used longest ago are let go of first; nothing of it is written to disk. 0: none. About 1 KB a short text.
  std::uint64_t embedding_cache_bytes = std::uint64_t{16} << 20;
  /// Secret, 16 to 1024 bytes, or "": with it an erasure leaves keyed hashes of the erased texts, and a write of one of them again in
  /// the same namespace is refused (kPermissionDenied) or quarantined. Never stored. Another key recognises nothing of this one's.
  std::string erasure_key = {};
  bool quarantine_erased = false;  ///< quarantine such a write instead, and a fact whose value was rejected
  /// What was forgotten, or has expired, this long ago is erased by a job of `maintain`. max(): never. 0 or more.
  std::chrono::seconds recover_within = std::chrono::days(30);
  /// Secret, 8 to 1024 bytes, with which the file is encrypted (docs/encryption.md), in builds that can; "": it is not. Never stored;
  /// without it nobody reads the file again. `x'…'` around 64 hexadecimal digits: 256 random bits, that cost no derivation.
  std::string key = {};
  Limits limits = {};
  /// Called with warnings nobody can be given as a Status (a store that a destructor could not close). Any thread; must not throw.
  std::function<void(std::string_view message)> log = {};
};

/// Which namespaces a scope reads besides its own. It always writes to its own only.
enum class Reach : std::uint8_t {
  kOwn = 0,      ///< its own namespace
  kSubtree = 1,  ///< its own and everything below it
  kGranted = 2,  ///< its own and those granted to it (`Admin::grant`); looked up at every call, so a revoked grant ends
};

/// Who acts through a scope, and what it may do.
struct ScopeOptions {
  std::string user = {};     ///< stamped on writes that state none
  std::string agent = {};    ///< likewise
  std::string session = {};  ///< likewise
  Access access = Access::kReadWrite;
  Reach reach = Reach::kOwn;
  Filter where = {};  ///< memories outside it do not exist for this scope: not to read, update or forget
  std::string time_zone = {};  ///< IANA name: what its memories remember, and `context()` prints in; "" = the store's
};

/// How one write is made.
struct WriteOptions {
  std::optional<Durability> durability = std::nullopt;  ///< unset: the store's
};

}  // namespace mnemic
