// SPDX-License-Identifier: Apache-2.0
// What calls answer: memories, hits, listings' pages. Every class is immutable; its repr shows ids and sizes, no text.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#include <nanobind/operators.h>

#include <fmt/format.h>

#include <algorithm>

namespace mnemic::python {
namespace {

std::string layer_of(const Memory& memory) { return std::string(mnemic::to_string(memory.layer)); }

std::string repr(const Memory& memory) {
  return fmt::format("<Memory {} {}, {} bytes of text, version {}>", memory.id.to_string(), layer_of(memory), memory.text.size(), memory.version);
}

std::string repr(const Hit& hit) {
  return fmt::format("<Hit {} {}, score {:.4f}, {} bytes of text>", hit.memory.id.to_string(), layer_of(hit.memory), hit.score, hit.memory.text.size());
}

nb::object vectors_of(nb::handle self) {
  nb::dict result;
  for (const Vector& vector : nb::cast<const Memory&>(self).vectors) result[to_python(vector.space)] = array_over(vector.values, self);
  return result;
}

std::vector<MemoryId> ids_of(const std::vector<Hit>& hits) {
  std::vector<MemoryId> ids;
  ids.reserve(hits.size());
  for (const Hit& hit : hits) ids.push_back(hit.memory.id);
  return ids;
}

std::vector<double> scores_of(const std::vector<Hit>& hits) {
  std::vector<double> scores;
  scores.reserve(hits.size());
  for (const Hit& hit : hits) scores.push_back(hit.score);
  return scores;
}

PackedContext pack(const RecallResult& result, nb::handle max_tokens, nb::handle counter) {
  const std::size_t budget = max_tokens.is_none() ? result.token_budget : get<std::size_t>(max_tokens, "max_tokens");
  RecallResult counted;
  const RecallResult* asked = &result;
  if (!counter.is_none()) {
    counted = result;
    read(counter, "count_tokens", counted.token_counter);
    asked = &counted;
  }
  return run_plain([&] { return asked->pack(budget); });
}

/// Index from the end as Python counts; IndexError outside.
template <typename T>
const T& item_at(const std::vector<T>& items, Py_ssize_t index) {
  const auto size = static_cast<Py_ssize_t>(items.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) throw nb::index_error("index out of range");
  return items[static_cast<std::size_t>(index)];
}

}  // namespace

nb::object json_dict(const Json& json) { return to_python(json); }

void bind_memories(nb::module_& m) {
  nb::class_<Provenance>(m, "Provenance", "Where a memory came from.")
      .def_ro("source", &Provenance::source, "Free: \"chat\", \"import:notes.jsonl\", \"tool:calendar\".")
      .def_ro("model", &Provenance::model, "The model that wrote or extracted it; \"\" when none did.")
      .def_ro("trace", &Provenance::trace, "The caller's trace id.")
      .def_ro("derived_from", &Provenance::derived_from, "Ids of the memories it was made from.")
      .def_ro("expires_by", &Provenance::expires_by, "The policy that set expires_at when it was put; 0: none.")
      .def("__repr__", [](const Provenance& p) { return fmt::format("<Provenance of {} sources>", p.derived_from.size()); });

  nb::class_<Relation>(m, "Relation", "A typed, directed link between two memories.")
      .def_ro("source", &Relation::from, "Id of the memory it starts at.")
      .def_ro("type", &Relation::type, "\"derived_from\", \"supersedes\", \"run_of\", or the caller's own.")
      .def_ro("target", &Relation::to, "Id of the memory it leads to.")
      .def_ro("metadata", &Relation::metadata, "A dict, or None; parsed anew at each access.")
      .def_ro("created_at", &Relation::created_at, "When it was made, or its metadata last changed.")
      .def_ro("seq", &Relation::seq, "The change that made it, or last changed its metadata.")
      .def("to_dict", [](const Relation& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Relation& r) { return fmt::format("<Relation {} {} {}>", r.from.to_string(), r.type, r.to.to_string()); });

  nb::class_<Memory>(m, "Memory", "A stored memory, as of one version. Two are equal when id and version are.")
      .def_ro("id", &Memory::id, "A UUID as text; ids sort by when they were made.")
      .def_ro("namespace", &Memory::name_space, "Where it lives, segment by segment.")
      .def_ro("key", &Memory::key, "The caller's own id; \"\" when there is none.")
      .def_ro("layer", &Memory::layer, "The kind of memory.")
      .def_ro("text", &Memory::text, "What words and the embedder see; \"\" when it has only content or vectors.")
      .def_ro("content", &Memory::content, "Any JSON value, None without one. Parsed anew at each access; keep it in a variable.")
      .def_prop_ro("content_json", [](const Memory& self) { return self.content.dump(); }, "The content byte for byte as it was given; \"null\" without one.")
      .def_prop_ro("vectors", [](nb::handle_t<Memory> self) { return vectors_of(self); },
                   nb::for_getter(nb::sig("def vectors(self) -> dict[str, numpy.typing.NDArray[numpy.float32]]")),
                   "By the name of their space: read-only float32 arrays of shape (d,). Empty unless they were asked for.")
      .def_ro("user", &Memory::user, "Who it belongs to; \"\" when nobody said.")
      .def_ro("agent", &Memory::agent, "The agent that wrote it; \"\" when nobody said.")
      .def_ro("session", &Memory::session, "The conversation it is of; \"\" when of none.")
      .def_ro("author", &Memory::author, "Who said it: a role or a name.")
      .def_ro("turn", &Memory::turn, "Place in its session, from 0; None for what is no turn.")
      .def_ro("event_time", &Memory::event_time, "When it happened or began. All times are aware and in UTC.")
      .def_prop_ro("event_end", [](const Memory& self) { return end_of(self.event_end); },
                   nb::for_getter(nb::sig("def event_end(self) -> datetime.datetime | mnemic.enums.Open | None")),
                   "When it ended; OPEN: not yet; None: it has no interval.")
      .def_ro("time_zone", &Memory::time_zone, "IANA name of the zone it was said in.")
      .def_ro("created_at", &Memory::created_at, "When its first version was written.")
      .def_ro("updated_at", &Memory::updated_at, "When this version was written.")
      .def_prop_ro("expires_at", [](const Memory& self) { return end_of(self.expires_at); },
                   nb::for_getter(nb::sig("def expires_at(self) -> datetime.datetime | mnemic.enums.Open | None")),
                   "From this instant it is not read any more; None: never.")
      .def_ro("importance", &Memory::importance, "In [0, 1], 0.5 being neutral; raises or lowers recall by a bounded factor.")
      .def_ro("strength", &Memory::strength, "In [0, 1]; kept, not used yet.")
      .def_ro("pinned", &Memory::pinned, "Whether context() always offers it, before the hits.")
      .def_ro("trust", &Memory::trust, "How far its source is believed.")
      .def_ro("state", &Memory::state, "Where it stands: whether it is recalled.")
      .def_ro("tags", &Memory::tags, "In the order given; no duplicates.")
      .def_ro("metadata", &Memory::metadata, "A dict, None without any. Parsed anew at each access.")
      .def_ro("provenance", &Memory::provenance, "Where it came from.")
      .def_ro("version", &Memory::version, "1, 2, 3, … for each memory; what if_version compares.")
      .def_ro("seq_from", &Memory::seq_from, "The store-wide number of the change that wrote this version.")
      .def_ro("seq_to", &Memory::seq_to, "The change that ended this version; None: it is the current one.")
      .def("to_dict", [](const Memory& self) { return json_dict(to_json(self)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("show", [](const Memory& self) { return repr(self) + "\n" + self.text; }, "As repr, and the text.")
      .def("__eq__", [](const Memory& a, nb::handle other) {
        const Memory* b = nb::inst_check(other) && nb::isinstance<Memory>(other) ? nb::inst_ptr<Memory>(other) : nullptr;
        return b != nullptr && a.id == b->id && a.version == b->version && a.seq_from == b->seq_from;
      }, nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__hash__", [](const Memory& self) { return static_cast<Py_hash_t>(std::hash<MemoryId>{}(self.id) >> 1U); })
      .def("__repr__", [](const Memory& self) { return repr(self); });

  nb::class_<Related>(m, "Related", "A relation, and the memory at its other end.")
      .def_ro("relation", &Related::relation, "The link.")
      .def_ro("memory", &Related::memory, "What is at its other end.")
      .def("to_dict", [](const Related& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Related& r) { return fmt::format("<Related {} {}>", r.relation.type, r.memory.id.to_string()); });

  nb::class_<Written>(m, "Written", "What one operation of a write did.")
      .def_ro("id", &Written::id, "The memory written, updated or forgotten; of a link, its start.")
      .def_ro("version", &Written::version, "The version now current; 0 after a forget, and for links.")
      .def_ro("seq", &Written::seq, "Its change number; when nothing had to change, that of what stands, or 0.")
      .def("__repr__", [](const Written& w) { return fmt::format("<Written {} version {} seq {}>", w.id.to_string(), w.version, w.seq); });

  nb::class_<ForgetReport>(m, "ForgetReport", "What was (or with dry_run would be) forgotten.")
      .def_ro("ids", &ForgetReport::ids, "As asked for, in order of creation.")
      .def_ro("derived", &ForgetReport::derived, "Forgotten with them: derived from nothing else that stands.")
      .def_ro("unlinked", &ForgetReport::unlinked, "Derived from others too, or not this scope's: still there, without the relation.")
      .def_ro("dry_run", &ForgetReport::dry_run, "True: nothing was forgotten, this is only what would be.")
      .def("__len__", [](const ForgetReport& r) { return r.ids.size(); })
      .def("__repr__", [](const ForgetReport& r) {
        return fmt::format("<ForgetReport of {}, {} derived, {} unlinked{}>", r.ids.size(), r.derived.size(), r.unlinked.size(),
                           r.dry_run ? ", dry run" : "");
      });

  nb::class_<SessionInfo>(m, "SessionInfo", "What is known of one session.")
      .def_ro("id", &SessionInfo::id, "As given to Scope.session.")
      .def_ro("turns", &SessionInfo::turns, "How many there are.")
      .def_ro("first", &SessionInfo::first, "Event time of its earliest turn.")
      .def_ro("last", &SessionInfo::last, "Event time of its latest turn.")
      .def("__repr__", [](const SessionInfo& s) { return fmt::format("<SessionInfo of {} turns>", s.turns); });
}

void bind_recall(nb::module_& m) {
  nb::class_<ScoreParts>(m, "ScoreParts", "score = (words + vector + neighbours) × recency × importance × author × window × layer + passes; a reranker moves it further.")
      .def_ro("words", &ScoreParts::words, "What the words added: their weight × calibrated BM25.")
      .def_ro("vector", &ScoreParts::vector, "What the vectors added: their weight × calibrated cosine.")
      .def_ro("neighbours", &ScoreParts::neighbours, "What the turns before and after it in its session lent.")
      .def_ro("recency", &ScoreParts::recency, "A factor; 1 unless recency_boost is asked for.")
      .def_ro("importance", &ScoreParts::importance, "A factor; 1 for an importance of 0.5.")
      .def_ro("author", &ScoreParts::author, "A factor: the query names its author.")
      .def_ro("window", &ScoreParts::window, "A factor: nearness to the window of time.")
      .def_ro("layer", &ScoreParts::layer, "A factor: the weight of its layer in per_layer.")
      .def_ro("passes", &ScoreParts::passes, "What follow-up passes added.")
      .def_ro("bm25", &ScoreParts::bm25, "Raw; None: the words did not find it.")
      .def_ro("cosine", &ScoreParts::cosine, "Raw, in [-1, 1], of its best passage; None: it has no vector in the asked space.")
      .def_ro("words_rank", &ScoreParts::words_rank, "1 is the best by words; None: the words did not find it.")
      .def_ro("vector_rank", &ScoreParts::vector_rank, "1 is the best by vectors; None: the vectors did not find it.")
      .def_ro("rerank", &ScoreParts::rerank, "What the reranker gave it, raw; None: it was not asked about this one.")
      .def("to_dict", [](const ScoreParts& p) { return json_dict(to_json(p)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const ScoreParts& p) {
        return fmt::format("<ScoreParts words {:.4f} vector {:.4f} neighbours {:.4f}>", p.words, p.vector, p.neighbours);
      });

  nb::class_<Validity>(m, "Validity", "The half-open interval in which a fact holds.")
      .def_ro("since", &Validity::since, "From when it holds.")
      .def_ro("until", &Validity::until, "From when it holds no more; None: it still holds.")
      .def("__repr__", [](const Validity& v) {
        return fmt::format("<Validity {} to {}>", mnemic::to_string(v.since), v.until ? mnemic::to_string(*v.until) : "now");
      });

  nb::class_<Passage>(m, "Passage", "The part of a long text, of more than 300 bytes, that a query is about.")
      .def_ro("begin", &Passage::begin, "Its first byte in the UTF-8 of the memory's text.")
      .def_ro("end", &Passage::end, "The byte after its last one.")
      .def_ro("text", &Passage::text, "memory.text.encode()[begin:end].decode()")
      .def("__repr__", [](const Passage& p) { return fmt::format("<Passage of bytes {} to {}>", p.begin, p.end); });

  nb::class_<Hit>(m, "Hit", "One remembered thing; memory.layer says of which layer.")
      .def_ro("memory", &Hit::memory, "What was found.")
      .def_ro("score", &Hit::score, "Higher is better; comparable within one answer only.")
      .def_ro("parts", &Hit::parts, "Where the score came from.")
      .def_ro("holds", &Hit::holds, "Of facts, when they hold; None for other memories.")
      .def_ro("passage", &Hit::passage, "Of a long text, the part that was found; None for one of at most 300 bytes.")
      .def_prop_ro("id", [](const Hit& self) { return self.memory.id; }, "memory.id")
      .def_prop_ro("text", [](const Hit& self) -> const std::string& { return self.memory.text; }, "memory.text")
      .def("to_dict", [](const Hit& h) { return json_dict(to_json(h)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("show", [](const Hit& self) { return repr(self) + "\n" + self.memory.text; }, "As repr, and the text.")
      .def("__repr__", [](const Hit& self) { return repr(self); });

  nb::class_<PackedContext>(m, "PackedContext", "A prompt part, packed.")
      .def_ro("text", &PackedContext::text, "The block; \"\" when there is nothing.")
      .def_ro("tokens", &PackedContext::tokens, "Of text, by the token counter.")
      .def_ro("cited", &PackedContext::cited, "Ids of what stands in it as [1], [2], … in this order.")
      .def_ro("folded", &PackedContext::folded, "Ids of what was left out because the same text already stands there.")
      .def_ro("dropped", &PackedContext::dropped, "Ids of what was left out because the budget was full.")
      .def("__repr__", [](const PackedContext& p) { return fmt::format("<PackedContext {} tokens, {} cited, {} dropped>", p.tokens, p.cited.size(), p.dropped.size()); });

  nb::class_<TimeWindow>(m, "TimeWindow", "The half-open interval of time that a query speaks of.")
      .def_ro("begin", &TimeWindow::begin, "In it.")
      .def_ro("end", &TimeWindow::end, "No more in it.")
      .def_ro("words", &TimeWindow::words, "Of the query, that it was read from; \"\" when it was given.")
      .def("__repr__", [](const TimeWindow& w) {
        return fmt::format("<TimeWindow {} to {}>", mnemic::to_string(w.begin), mnemic::to_string(w.end));
      });

  nb::class_<Pass>(m, "Pass", "One search of a plan.")
      .def_ro("why", &Pass::why, "For people.")
      .def_ro("text", &Pass::text, "What was asked.")
      .def_ro("layers", &Pass::layers, "Those it was about; empty: all.")
      .def_prop_ro("where", [](const Pass& p) { return to_python(p.where.to_json()); }, nb::for_getter(nb::sig("def where(self) -> dict[str, typing.Any]")),
                   "The filter it was under.")
      .def_ro("window", &Pass::window, "Its soft window of time, if it had one.")
      .def_ro("new_hits", &Pass::new_hits, "Hits of the answer that no pass before it had among its k best.")
      .def("to_dict", [](const Pass& p) { return json_dict(to_json(p)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Pass& p) { return fmt::format("<Pass {} new hits>", p.new_hits); });

  nb::class_<CancelToken>(m, "CancelToken", "Ends a recall early, from any thread: it answers what it has. For one call or many.")
      .def(nb::init<>())
      .def("cancel", [](CancelToken& t) { t.source.request_stop(); }, "From now on every call that has it leaves out what it has not begun.")
      .def_prop_ro("cancelled", [](const CancelToken& t) { return t.source.stop_requested(); }, "Whether cancel was called.")
      .def("__repr__", [](const CancelToken& t) { return t.source.stop_requested() ? "<CancelToken cancelled>" : "<CancelToken>"; });

  nb::class_<RecallResult>(m, "RecallResult", "What recall found: a sequence of hits, best first. Needs the store no more.")
      .def_prop_ro("hits", [](nb::handle_t<RecallResult> self) { return tuple_over(nb::cast<const RecallResult&>(self).hits, self); },
                   nb::for_getter(nb::sig("def hits(self) -> tuple[Hit, ...]")), "Best first, ties by id; at most the k asked for.")
      .def_prop_ro("pinned", [](nb::handle_t<RecallResult> self) { return tuple_over(nb::cast<const RecallResult&>(self).pinned, self); },
                   nb::for_getter(nb::sig("def pinned(self) -> tuple[Memory, ...]")),
                   "Pinned memories that match the filter, newest first, however they score.")
      .def_prop_ro("ids", [](const RecallResult& self) { return array_of(ids_of(self.hits), {self.hits.size()}); },
                   nb::for_getter(nb::sig("def ids(self) -> numpy.typing.NDArray[numpy.str_]")), "Of the hits: shape (k,), dtype <U36.")
      .def_prop_ro("scores", [](const RecallResult& self) { return array_of(scores_of(self.hits), {self.hits.size()}); },
                   nb::for_getter(nb::sig("def scores(self) -> numpy.typing.NDArray[numpy.float64]")), "Of the hits: shape (k,), float64.")
      .def_ro("seq", &RecallResult::seq, "Every change up to this one was seen.")
      .def_ro("searched", &RecallResult::searched, "Memories that passed the filter.")
      .def_ro("window", &RecallResult::window, "The soft window of time that was used; None: none.")
      .def_prop_ro("plan", [](nb::handle_t<RecallResult> self) { return tuple_over(nb::cast<const RecallResult&>(self).plan, self); },
                   nb::for_getter(nb::sig("def plan(self) -> tuple[Pass, ...]")), "The passes made, the query itself first.")
      .def_ro("dropped", &RecallResult::dropped, "Left out because of the deadline or the cancel token, in the order of Stage.")
      .def_ro("token_budget", &RecallResult::token_budget, "Of context(), in tokens, as asked; 0: no bound.")
      .def_ro("time_zone", &RecallResult::time_zone, "In which context() prints times.")
      .def_ro("nonce", &RecallResult::nonce, "In the name of the fence of context(); fresh for each recall.")
      .def("context", [](const RecallResult& self, nb::handle max_tokens, nb::handle count_tokens) {
        return pack(self, max_tokens, count_tokens).text;
      }, nb::kw_only(), nb::arg("max_tokens") = nb::none(), nb::arg("count_tokens").none() = nb::none(),
           nb::sig("def context(self, *, max_tokens: int | None = None, count_tokens: collections.abc.Callable[[str], int] | None = None) -> str"),
           "The hits (pinned memories first) as one fenced block for a prompt: numbered, with source, trust and time, within\n"
           "max_tokens (0: no bound; by default the budget that was asked). \"\" when there is nothing.")
      .def("pack", [](const RecallResult& self, nb::handle max_tokens, nb::handle count_tokens) {
        return pack(self, max_tokens, count_tokens);
      }, nb::kw_only(), nb::arg("max_tokens") = nb::none(), nb::arg("count_tokens").none() = nb::none(),
           nb::sig("def pack(self, *, max_tokens: int | None = None, count_tokens: collections.abc.Callable[[str], int] | None = None) -> PackedContext"),
           "As context, with what was cited, folded and dropped.")
      .def("__len__", [](const RecallResult& self) { return self.hits.size(); })
      .def("__getitem__", [](const RecallResult& self, Py_ssize_t index) -> const Hit& { return item_at(self.hits, index); },
           nb::rv_policy::reference_internal)
      .def("__getitem__", [](nb::handle_t<RecallResult> self, nb::slice index) { return nb::object(tuple_over(nb::cast<const RecallResult&>(self).hits, self)[index]); },
           nb::sig("def __getitem__(self, arg: slice, /) -> tuple[Hit, ...]"))
      .def("__iter__", [](nb::handle_t<RecallResult> self) { return nb::iter(tuple_over(nb::cast<const RecallResult&>(self).hits, self)); },
           nb::sig("def __iter__(self) -> collections.abc.Iterator[Hit]"))
      .def("__repr__", [](const RecallResult& self) {
        return fmt::format("<RecallResult of {} hits, {} pinned, {} searched>", self.hits.size(), self.pinned.size(), self.searched);
      });

  nb::class_<RecallBatch>(m, "RecallBatch", "The answers to several queries, in their order: a sequence of RecallResult.")
      .def_prop_ro("ids", [](const RecallBatch& self) {
        const std::size_t width = self.width();
        std::vector<MemoryId> ids(self.results.size() * width);
        for (std::size_t i = 0; i < self.results.size(); ++i) {
          std::ranges::copy(ids_of(self.results[i].hits), ids.begin() + static_cast<std::ptrdiff_t>(i * width));
        }
        return array_of(ids, {self.results.size(), width});
      }, nb::for_getter(nb::sig("def ids(self) -> numpy.typing.NDArray[numpy.str_]")),
                   "Shape (n, w), dtype <U36, w being the most hits any query has; \"\" where a query has fewer.")
      .def_prop_ro("scores", [](const RecallBatch& self) {
        const std::size_t width = self.width();
        std::vector<double> scores(self.results.size() * width, 0.0);
        for (std::size_t i = 0; i < self.results.size(); ++i) {
          std::ranges::copy(scores_of(self.results[i].hits), scores.begin() + static_cast<std::ptrdiff_t>(i * width));
        }
        return array_of(std::move(scores), {self.results.size(), width});
      }, nb::for_getter(nb::sig("def scores(self) -> numpy.typing.NDArray[numpy.float64]")), "Shape (n, w), float64; 0 where a query has fewer.")
      .def("__len__", [](const RecallBatch& self) { return self.results.size(); })
      .def("__getitem__", [](const RecallBatch& self, Py_ssize_t index) -> const RecallResult& { return item_at(self.results, index); },
           nb::rv_policy::reference_internal)
      .def("__getitem__", [](nb::handle_t<RecallBatch> self, nb::slice index) { return nb::object(tuple_over(nb::cast<const RecallBatch&>(self).results, self)[index]); },
           nb::sig("def __getitem__(self, arg: slice, /) -> tuple[RecallResult, ...]"))
      .def("__iter__", [](nb::handle_t<RecallBatch> self) { return nb::iter(tuple_over(nb::cast<const RecallBatch&>(self).results, self)); },
           nb::sig("def __iter__(self) -> collections.abc.Iterator[RecallResult]"))
      .def("__repr__", [](const RecallBatch& self) { return fmt::format("<RecallBatch of {} answers>", self.results.size()); });

  nb::class_<Explanation>(m, "Explanation", "Why a memory was found, or not.")
      .def_ro("verdict", &Explanation::verdict, "Found, or what kept it out.")
      .def_ro("rank", &Explanation::rank, "1 is the best of everything that was ranked; None: it was not.")
      .def_ro("score", &Explanation::score, "0 when it was not ranked.")
      .def_ro("cut", &Explanation::cut, "The lowest score among the k hits; 0 when fewer were found.")
      .def_ro("parts", &Explanation::parts, "Where the score came from.")
      .def_ro("terms", &Explanation::terms, "Of the query, as searched.")
      .def_ro("matched", &Explanation::matched, "Those of them the memory has.")
      .def_ro("reason", &Explanation::reason, "One sentence for people, without memory text.")
      .def("to_dict", [](const Explanation& e) { return json_dict(to_json(e)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Explanation& e) { return fmt::format("<Explanation {}: {}>", mnemic::to_string(e.verdict), e.reason); });
}

}  // namespace mnemic::python
