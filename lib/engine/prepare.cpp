// SPDX-License-Identifier: Apache-2.0
// Screening, tokenising, embedding.
#include "engine/prepare.hpp"

#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/utf8.hpp"
#include "engine/tombstones.hpp"
#include "engine/validate.hpp"

#include <algorithm>
#include <iterator>

namespace mnemic::engine {
namespace {

using core::fail;

/// Runs the caller's screen over texts. Quarantine is remembered; refusal throws.
class Screening {
 public:
  Screening(Screen* screen, const Limits& limits) : screen_(screen), limits_(limits) {}

  void text(std::string& text) {
    if (screen_ == nullptr || text.empty()) return;
    check(text, "text");
    validate_text("text, as replaced by the screen", text, limits_.text_bytes);
  }
  void json(Json& json, std::string_view field) {
    if (screen_ == nullptr || json.is_null()) return;
    json = core::map_strings(json, [&](std::string& text) {
      check(text, field);
      validate_text("a string replaced by the screen", text, limits_.content_bytes);
    });
  }
  [[nodiscard]] bool quarantined() const { return quarantined_; }

 private:
  void check(std::string& text, std::string_view field) {
    ScreenVerdict verdict = screen_->check(text, field);
    switch (verdict.action) {
      case ScreenVerdict::Action::kAccept: return;
      case ScreenVerdict::Action::kReplace: text = std::move(verdict.text); return;
      case ScreenVerdict::Action::kQuarantine: quarantined_ = true; return;
      case ScreenVerdict::Action::kRefuse:
        fail(StatusCode::kPermissionDenied, "{}: refused by the screen: {}", field, verdict.reason);
    }
    fail(StatusCode::kInternal, "{}: the screen gave no known verdict", field);
  }
  Screen* screen_;
  const Limits& limits_;
  bool quarantined_ = false;
};

/// Collects texts for one call of each embedder, and gives each its vectors afterwards.
class Embedding {
 public:
  Embedding(const ScopeImpl& scope, const Embedders& embedders) : scope_(scope), embedders_(embedders) {}

  /// @param given  the caller gave the own vector
  void want(const std::string& text, bool given, std::vector<SpacedVector>& into) {
    if (text.empty()) return;
    if (!given) own_.push_back({text, &into});
    others_.push_back({text, &into});
  }

  /// An embedder that cannot be asked now leaves texts without vectors, for a job to make up for. The other one may fail in any way.
  void run() {
    if (const Status status = run(embedders_.own, own_); !status.ok() && !core::is_passing(status)) throw core::StatusError(status);
    if (embedders_.other.embedder != nullptr) (void)core::guarded("", [&] { core::take(run(embedders_.other, others_)); });
  }

 private:
  struct Wanted {
    std::string_view text;
    std::vector<SpacedVector>* into;
  };

  Status run(const KnownEmbedder& known, const std::vector<Wanted>& wanted) {
    if (known.embedder == nullptr || wanted.empty()) return {};
    std::vector<std::string_view> texts;
    for (const Wanted& one : wanted) texts.push_back(one.text);
    auto documents = embed_documents(*scope_.store, scope_.path, *known.embedder, texts);
    if (!documents) return documents.status();
    for (std::size_t i = 0; i < wanted.size(); ++i) std::move((*documents)[i].begin(), (*documents)[i].end(), std::back_inserter(*wanted[i].into));
    return {};
  }

  const ScopeImpl& scope_;
  const Embedders& embedders_;
  std::vector<Wanted> own_;
  std::vector<Wanted> others_;
};

/// The caller's vectors. True when one of them is in the store's own space.
bool take_vectors(const Embedders& embedders, std::vector<Vector>& given, std::vector<SpacedVector>& into) {
  bool own = false;
  for (const Vector& vector : given) {
    EmbeddingSpace space;
    if (embedders.is_own(vector.space)) {
      if (own) fail(StatusCode::kInvalidArgument, "vectors: two in the store's own space");
      own = true;
      space = embedders.own.space();
      if (vector.values.size() != space.dimension) {
        fail(StatusCode::kInvalidArgument, "vectors: dimension {} where the store's embedder has {}", vector.values.size(), space.dimension);
      }
    } else {
      if (vector.space.empty()) fail(StatusCode::kInvalidArgument, "vectors: the store has no embedder, so a space must be named");
      space.name = vector.space;
      space.dimension = vector.values.size();
    }
    into.push_back({std::move(space), storage::encode_vector(vector.values)});
  }
  given.clear();
  return own;
}

/// Metadata is kept in one spelling, so that a filter sees the last of two equal keys as JSON readers do.
void in_one_spelling(Json& metadata) {
  if (!metadata.is_null()) metadata = Json::object(metadata.members());
}

void prepare_relation(RelationInput& relation, Screening& screening) {
  screening.json(relation.metadata, "metadata");
  in_one_spelling(relation.metadata);
}

}  // namespace

PreparedRelate prepare_relate(const ScopeImpl& scope, const Batch::Relate& given) {
  const Options& options = scope.store->options;
  validate(given.relation, options.limits);
  if (given.from == given.relation.to) fail(StatusCode::kInvalidArgument, "to: a memory is not related to itself");
  PreparedRelate relate{given.from, given.relation};
  Screening screening(options.screen.get(), options.limits);
  prepare_relation(relate.relation, screening);
  if (screening.quarantined()) fail(StatusCode::kPermissionDenied, "metadata: the screen holds it back, which a relation cannot be");
  return relate;
}

PreparedPut prepare_put(const ScopeImpl& scope, const MemoryInput& given, Timestamp now) {
  const StoreImpl& store = *scope.store;
  validate(given, store.options.limits);
  PreparedPut put;
  put.input = given;
  MemoryInput& input = put.input;
  Screening screening(store.options.screen.get(), store.options.limits);
  screening.text(input.text);
  screening.json(input.content, "content");
  screening.json(input.metadata, "metadata");
  if (screening.quarantined()) input.state = State::kQuarantined;
  if (input.user.empty()) input.user = scope.options.user;
  if (input.agent.empty()) input.agent = scope.options.agent;
  if (input.session.empty()) input.session = scope.options.session;
  for (RelationInput& relation : input.relations) prepare_relation(relation, screening);
  if (input.time_zone.empty()) input.time_zone = scope.zone();
  if (!input.event_time) validate_interval(*(input.event_time = now), input.event_end);
  in_one_spelling(input.metadata);
  tokenize_document(scope.store->tokenizers, input.text, put.words);
  put.erasure_hash = erasure_hash(store, input.text);
  return put;
}

namespace {

PreparedUpdate prepare_update(const ScopeImpl& scope, const Batch::Update& given) {
  const StoreImpl& store = *scope.store;
  validate(given.change, store.options.limits);
  PreparedUpdate update{given.id, given.change, given.options, std::nullopt, {}, {}};
  MemoryChange& change = update.change;
  Screening screening(store.options.screen.get(), store.options.limits);
  if (change.text) {
    screening.text(*change.text);
    update.words.emplace();
    tokenize_document(scope.store->tokenizers, *change.text, *update.words);
    update.erasure_hash = erasure_hash(store, *change.text);
  }
  if (change.content) screening.json(*change.content, "content");
  if (change.metadata) {
    screening.json(*change.metadata, "metadata");
    in_one_spelling(*change.metadata);
  }
  if (screening.quarantined()) change.state = State::kQuarantined;
  return update;
}

/// A memory that leaves quarantine was never shown to the embedder: its text, as stored or as an earlier operation of
/// the same batch sets it, is gathered here, to be embedded now.
void gather_late(const ScopeImpl& scope, const PreparedUpdate& update, std::vector<std::string>& quarantined, PreparedWrite& write) {
  if (update.change.text || !update.change.state || *update.change.state == State::kQuarantined) return;
  const std::int64_t now = scope.store->now();
  scope.store->database.read([&](storage::Reader& reader) {
    const auto seq = reader.find(scope.own(reader, now), update.id);
    if (!seq) return;
    Memory memory = reader.version(*seq, update.id).memory;
    if (memory.state == State::kQuarantined) write.late.try_emplace(std::move(memory.text));
  });
  for (std::string& text : quarantined) write.late.try_emplace(std::move(text));
  quarantined.clear();
}

}  // namespace

PreparedWrite prepare(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append, std::string_view each) {
  StoreImpl& store = *scope.store;
  if (operations.size() > store.options.limits.batch) {
    fail(StatusCode::kInvalidArgument, "batch: {} operations, the limit is {}", operations.size(), store.options.limits.batch);
  }
  PreparedWrite write;
  write.now = store.options.clock->now();
  write.each = each;
  write.operations.reserve(operations.size());  // the embedding below keeps pointers into it
  const auto embedders = store.embedders.get();
  Embedding embedding(scope, *embedders);
  std::vector<std::string> quarantined;  // texts of earlier operations that were held back
  const auto prepare_one = [&](const Batch::Operation& operation) {
    if (const auto* put = std::get_if<Batch::Put>(&operation)) {
      auto& prepared = std::get<PreparedPut>(write.operations.emplace_back(prepare_put(scope, put->input, write.now)));
      prepared.append = append;
      prepared.id = store.ids.next(write.now, *store.options.random);
      const bool given = take_vectors(*embedders, prepared.input.vectors, prepared.vectors);
      if (prepared.input.state == State::kQuarantined) {
        quarantined.push_back(prepared.input.text);
      } else {
        embedding.want(prepared.input.text, given, prepared.vectors);
      }
    } else if (const auto* update = std::get_if<Batch::Update>(&operation)) {
      auto& prepared = std::get<PreparedUpdate>(write.operations.emplace_back(prepare_update(scope, *update)));
      const bool given = take_vectors(*embedders, prepared.change.vectors, prepared.vectors);
      if (prepared.change.text && prepared.change.state == State::kQuarantined) {
        quarantined.push_back(*prepared.change.text);
      } else if (prepared.change.text) {
        embedding.want(*prepared.change.text, given, prepared.vectors);
      } else if (!given && embedders->own.embedder != nullptr) {
        gather_late(scope, prepared, quarantined, write);
      }
    } else if (const auto* forget = std::get_if<Batch::Forget>(&operation)) {
      write.operations.emplace_back(PreparedForget{forget->id});
    } else if (const auto* relate = std::get_if<Batch::Relate>(&operation)) {
      write.operations.emplace_back(prepare_relate(scope, *relate));
    } else {
      const auto& unrelate = std::get<Batch::Unrelate>(operation);
      validate_relation_type(unrelate.type);
      write.operations.emplace_back(PreparedUnrelate{unrelate.from, unrelate.type, unrelate.to});
    }
  };
  for (std::size_t i = 0; i < operations.size(); ++i) naming(each, i, [&] { prepare_one(operations[i]); });
  for (auto& [text, vectors] : write.late) embedding.want(text, false, vectors);
  embedding.run();
  return write;
}

std::optional<std::vector<std::int16_t>> embed_query(const ScopeImpl& scope, const KnownEmbedder& embedder, std::string_view text, bool& failed) {
  auto codes = embed_texts(*scope.store, scope.path, *embedder.embedder, EmbedKind::kQuery, {&text, 1});
  failed = !codes.ok();
  if (failed && !core::is_passing(codes.status())) throw core::StatusError(codes.status());
  if (failed || codes->front().empty()) return std::nullopt;
  return std::move(codes->front());
}

}  // namespace mnemic::engine
