// SPDX-License-Identifier: Apache-2.0
// What a write does before its transaction: screening, tokenising, embedding. The caller's code runs here, with no lock.
#pragma once

#include "core/error.hpp"
#include "engine/embed_texts.hpp"
#include "engine/scope_impl.hpp"
#include "storage/tail.hpp"

#include <mnemic/batch.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mnemic::engine {

struct PreparedPut {
  MemoryInput input;  // screened, the scope's attributes filled in
  MemoryId id;        // used unless the key is taken
  storage::Tail words;
  std::vector<SpacedVector> vectors;
  std::string erasure_hash = {};  // of the text; "" without an erasure key
  bool append = false;  // a turn: a key that is taken in the same session is left as it is
};

struct PreparedUpdate {
  MemoryId id;
  MemoryChange change;  // screened
  UpdateOptions options;
  std::optional<storage::Tail> words;  // when the text changes
  std::vector<SpacedVector> vectors;
  std::string erasure_hash = {};       // likewise
};

struct PreparedForget {
  MemoryId id;
};

struct PreparedRelate {
  MemoryId from;
  RelationInput relation;  // screened
};

struct PreparedUnrelate {
  MemoryId from;
  std::string type;
  MemoryId to;
};

struct PreparedWrite {
  std::vector<std::variant<PreparedPut, PreparedUpdate, PreparedForget, PreparedRelate, PreparedUnrelate>> operations;
  /// Quarantined texts are not embedded until they leave quarantine: those that may leave it here, with their vectors.
  std::map<std::string, std::vector<SpacedVector>> late;
  Timestamp now{};
  std::string_view each;  // what an error is said to be in: "operation"; "" when there is but one
};

/// Runs `body`; what it throws says in which of several it was: "operation 3: …". Nothing is said when `each` is "".
template <typename Body>
void naming(std::string_view each, std::size_t number, Body&& body) {
  try {
    body();
  } catch (const core::StatusError& error) {
    if (each.empty()) throw;
    const Status& status = error.status();
    throw core::StatusError(Status(status.code(), fmt::format("{} {}: {}", each, number, status.message()), status.extended_code()));
  }
}

/// Checks, screens and tokenises one; what it has no vector for is not embedded.
PreparedPut prepare_put(const ScopeImpl& scope, const MemoryInput& given, Timestamp now);
PreparedRelate prepare_relate(const ScopeImpl& scope, const Batch::Relate& given);

/// Checks and prepares every operation; one embedding call for all texts.
PreparedWrite prepare(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append, std::string_view each);

/// Embeds one query. Unset when the embedder has no vector for this text, or, and then it `failed`, cannot be asked now.
std::optional<std::vector<std::int16_t>> embed_query(const ScopeImpl& scope, const KnownEmbedder& embedder, std::string_view text, bool& failed);

}  // namespace mnemic::engine
