// SPDX-License-Identifier: Apache-2.0
// What the calls of the layers, the store and admin answer.
#include "bind.hpp"
#include "casters.hpp"

#include <fmt/format.h>

#include <chrono>

namespace mnemic::python {
namespace {

using U = std::uint64_t;

// With the names that the command gives, and what it leaves out: what this Store did.
nb::object dict_of(const StoreStats& s) {
  return json_dict(Json::object({{"namespaces", U{s.namespaces}},
                                 {"memories", U{s.memories}},
                                 {"versions", U{s.versions}},
                                 {"sessions", U{s.sessions}},
                                 {"relations", U{s.relations}},
                                 {"seq", s.seq},
                                 {"file_bytes", s.file_bytes},
                                 {"wal_bytes", s.wal_bytes},
                                 {"without_vector", U{s.without_vector}},
                                 {"jobs_waiting", U{s.jobs_waiting}},
                                 {"jobs_dead", U{s.jobs_dead}},
                                 {"escalations", s.escalations},
                                 {"job_lag_ms", U(std::chrono::duration_cast<std::chrono::milliseconds>(s.job_lag).count())},
                                 {"chunks", U{s.chunks}},
                                 {"chunk_bytes", s.chunk_bytes},
                                 {"partitions_loaded", U{s.partitions_loaded}},
                                 {"partition_hits", s.partition_hits},
                                 {"partition_misses", s.partition_misses},
                                 {"cache_bytes", s.cache_bytes},
                                 {"embedding_hits", s.embedding_hits},
                                 {"embedding_misses", s.embedding_misses},
                                 {"commits", s.commits},
                                 {"writes", s.writes},
                                 {"embedding_space", s.embedding_space}}));
}

void bind_episodes(nb::module_& m) {
  nb::class_<Episode>(m, "Episode", "A recorded episode.")
      .def_ro("memory", &Episode::memory, "As stored; begins at memory.event_time.")
      .def_prop_ro("id", [](const Episode& self) { return self.memory.id; }, "memory.id")
      .def_ro("text", &Episode::text, "What happened.")
      .def_ro("who", &Episode::who, "Who took part.")
      .def_ro("why", &Episode::why, "The reason; \"\" when nobody said.")
      .def_ro("outcome", &Episode::outcome, "How it ended.")
      .def_ro("day", &Episode::day, "The day it began in the scope's zone, \"2026-05-08\".")
      .def_prop_ro("start", [](const Episode& self) { return self.memory.event_time; }, "When it began, in UTC: memory.event_time")
      .def_prop_ro("end", [](const Episode& self) { return end_of(self.memory.event_end); },
                   nb::for_getter(nb::sig("def end(self) -> datetime.datetime | mnemic.enums.Open | None")),
                   "When it ended: memory.event_end. OPEN: it goes on; None: it was a moment.")
      .def_prop_ro("open", &Episode::open, "Whether it has begun and not ended.")
      .def("to_dict", [](const Episode& e) { return json_dict(to_json(e)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Episode& e) { return fmt::format("<Episode {} of {}, {}>", e.memory.id.to_string(), e.day, mnemic::to_string(e.outcome)); });
}

void bind_facts(nb::module_& m) {
  nb::class_<Fact>(m, "Fact", "A stored fact.")
      .def_ro("memory", &Fact::memory, "As stored; memory.state says whether it is proposed, confirmed, rejected or superseded.")
      .def_prop_ro("id", [](const Fact& self) { return self.memory.id; }, "memory.id")
      .def_ro("subject", &Fact::subject, "Of whom or what: \"Ada\".")
      .def_ro("attribute", &Fact::attribute, "What is said of it: \"lives in\".")
      .def_ro("value", &Fact::value, "What the attribute is: \"Lisbon\".")
      .def_ro("kind", &Fact::kind, "What is the case, or what somebody wants or likes.")
      .def_ro("holds", &Fact::holds, "The interval in which it is true.")
      .def("is_true_at", [](const Fact& self, nb::handle time) { return self.is_true_at(get<Timestamp>(time, "time")); }, nb::arg("time"),
           nb::sig("def is_true_at(self, time: datetime.datetime) -> bool"),
           "True when it holds at time and is not rejected, quarantined, or superseded without an end.")
      .def("to_dict", [](const Fact& f) { return json_dict(to_json(f)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Fact& f) {
        return fmt::format("<Fact {} {}, since {}{}>", f.memory.id.to_string(), mnemic::to_string(f.memory.state), mnemic::to_string(f.holds.since),
                           f.holds.until ? " until " + mnemic::to_string(*f.holds.until) : "");
      });

  nb::class_<Asserted>(m, "Asserted", "What an assertion did.")
      .def_ro("id", &Asserted::id, "The fact; the one that stood already when it said the same.")
      .def_ro("known", &Asserted::known, "It stood already: only sources were added.")
      .def_ro("superseded", &Asserted::superseded, "Ids of facts whose interval it cut or replaced.")
      .def_ro("conflicts", &Asserted::conflicts, "Ids of other values, left to be decided.")
      .def("to_dict", [](const Asserted& a) { return json_dict(to_json(a)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Asserted& a) {
        return fmt::format("<Asserted {}{}, {} superseded, {} conflicts>", a.id.to_string(), a.known ? " known" : "", a.superseded.size(), a.conflicts.size());
      });

  nb::class_<Attribute>(m, "Attribute", "What an attribute of facts is.")
      .def_ro("name", &Attribute::name, "As facts name it: \"lives in\".")
      .def_ro("cardinality", &Attribute::cardinality, "How many values can be true of a subject at once.")
      .def("__repr__", [](const Attribute& a) { return fmt::format("<Attribute {} {}>", a.name, mnemic::to_string(a.cardinality)); });
}

void bind_skills(nb::module_& m) {
  nb::class_<Step>(m, "Step", "One step of a run.")
      .def_ro("tool", &Step::tool, "What was called or done: \"find_order\".")
      .def_ro("arguments", &Step::arguments, "What it was called with: any JSON value, parsed anew at each access.")
      .def_ro("digest", &Step::digest, "A short form of the result, or a hash of it.")
      .def_ro("duration", &Step::duration, "How long it took, to the millisecond; 0 when nobody said.")
      .def("__repr__", [](const Step& s) { return fmt::format("<Step {}>", s.tool); });

  nb::class_<Skill>(m, "Skill", "A way of doing something: what its runs have in common, and how they went.")
      .def_ro("memory", &Skill::memory, "As stored: its text is the goal and the tools.")
      .def_prop_ro("id", [](const Skill& self) { return self.memory.id; }, "memory.id")
      .def_ro("name", &Skill::name, "As given to record_run, or the goal.")
      .def_ro("goal", &Skill::goal, "Of the run that made it.")
      .def_prop_ro("steps", [](nb::handle_t<Skill> self) { return tuple_over(nb::cast<const Skill&>(self).steps, self); },
                   nb::for_getter(nb::sig("def steps(self) -> tuple[Step, ...]")),
                   "Of the run recorded last that succeeded, or of the last as long as none did.")
      .def_ro("runs", &Skill::runs, "How many were recorded; some may have no known outcome.")
      .def_ro("successes", &Skill::successes, "Runs that ended well.")
      .def_ro("failures", &Skill::failures, "Runs that failed.")
      .def_ro("mean_duration", &Skill::mean_duration, "Over all runs, of the sums of their steps.")
      .def_ro("confidence", &Skill::confidence,
              "In [0, 1]: lower end of the 95 % interval (Wilson, 1927) of its share of successes; 0 without a known outcome.")
      .def("to_dict", [](const Skill& s) { return json_dict(to_json(s)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Skill& s) {
        return fmt::format("<Skill {}, {} steps, {} of {} runs succeeded>", s.memory.id.to_string(), s.steps.size(), s.successes, s.runs);
      });

  nb::class_<SkillMatch>(m, "SkillMatch", "A skill to try for a goal.")
      .def_ro("skill", &SkillMatch::skill, "What to try.")
      .def_ro("similarity", &SkillMatch::similarity, "Of the goals, in [0, 1].")
      .def_ro("score", &SkillMatch::score, "similarity × (1 + confidence) / 2, in [0, 1]")
      .def("to_dict", [](const SkillMatch& s) { return json_dict(to_json(s)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const SkillMatch& s) { return fmt::format("<SkillMatch {} score {:.4f}>", s.skill.memory.id.to_string(), s.score); });

  nb::class_<RecordedRun>(m, "RecordedRun", "What recording a run did: the ids of the run and of its skill.")
      .def_ro("run", &RecordedRun::run, "Id of the run; Scope.get reads it, recall does not find it.")
      .def_ro("skill", &RecordedRun::skill, "Id of the skill it was counted in.")
      .def("__repr__", [](const RecordedRun& r) { return fmt::format("<RecordedRun {} of {}>", r.run.to_string(), r.skill.to_string()); });
}

void bind_admin_results(nb::module_& m) {
  nb::class_<StoreStats>(m, "StoreStats", "Counts and sizes of a store.")
      .def_ro("namespaces", &StoreStats::namespaces, "That were ever written to.")
      .def_ro("memories", &StoreStats::memories, "Current versions.")
      .def_ro("versions", &StoreStats::versions, "All versions, current ones included.")
      .def_ro("sessions", &StoreStats::sessions, "Conversations.")
      .def_ro("relations", &StoreStats::relations, "That stand.")
      .def_ro("seq", &StoreStats::seq, "The newest change.")
      .def_ro("file_bytes", &StoreStats::file_bytes, "Of the file, without its WAL.")
      .def_ro("wal_bytes", &StoreStats::wal_bytes, "Of the WAL beside it.")
      .def_ro("without_vector", &StoreStats::without_vector, "Current memories with text but no vector in the store's own space.")
      .def_ro("jobs_waiting", &StoreStats::jobs_waiting, "Jobs that wait or are leased.")
      .def_ro("jobs_dead", &StoreStats::jobs_dead, "Jobs that were given up.")
      .def_ro("escalations", &StoreStats::escalations, "Attempts at jobs that broke their memory cap, since the file was made.")
      .def_ro("job_lag", &StoreStats::job_lag, "How long the job that waits longest has been due.")
      .def_ro("chunks", &StoreStats::chunks, "Sealed ones.")
      .def_ro("chunk_bytes", &StoreStats::chunk_bytes, "Their size.")
      .def_ro("partitions_loaded", &StoreStats::partitions_loaded, "Namespaces whose words and vectors this process holds in memory.")
      .def_ro("partition_hits", &StoreStats::partition_hits, "Namespaces that a recall of this Store found up to date in memory.")
      .def_ro("partition_misses", &StoreStats::partition_misses, "And those it had to load or to bring up to date.")
      .def_ro("cache_bytes", &StoreStats::cache_bytes, "The estimated size of those that are loaded.")
      .def_ro("embedding_hits", &StoreStats::embedding_hits, "Texts whose vector this Store had kept.")
      .def_ro("embedding_misses", &StoreStats::embedding_misses, "And those it had not.")
      .def_ro("commits", &StoreStats::commits, "Made by this Store.")
      .def_ro("writes", &StoreStats::writes, "Write calls those commits served: more than commits where they were grouped.")
      .def_ro("embedding_space", &StoreStats::embedding_space, "\"name/version/dimension\" of the store's embedder; \"\" without one.")
      .def("to_dict", [](const StoreStats& s) { return dict_of(s); }, nb::sig(kToDict), "As JSON values; job_lag is job_lag_ms, in whole milliseconds.")
      .def("__repr__", [](const StoreStats& s) { return fmt::format("<StoreStats {} memories, seq {}, {} bytes>", s.memories, s.seq, s.file_bytes); });

  nb::class_<Grant>(m, "Grant", "One read grant: scopes on reader that reach what is granted also read target.")
      .def_ro("reader", &Grant::reader, "The namespace that may read, segment by segment.")
      .def_ro("target", &Grant::target, "The namespace that may be read; that one alone, not what is below.")
      .def_ro("granted_at", &Grant::granted_at, "When it was granted.")
      .def("__repr__", [](const Grant& g) { return fmt::format("<Grant {} reads {}>", g.reader.to_string(), g.target.to_string()); });
}

}  // namespace

void bind_layer_results(nb::module_& m) {
  bind_episodes(m);
  bind_facts(m);
  bind_skills(m);
  bind_admin_results(m);
}

}  // namespace mnemic::python
