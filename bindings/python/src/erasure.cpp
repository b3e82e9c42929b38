// SPDX-License-Identifier: Apache-2.0
// Erasures: what Admin's calls take and answer. The calls themselves are in store.cpp.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#include <fmt/format.h>

namespace mnemic::python {

void read(nb::handle value, Field field, EraseRequest& into) {
  Fields fields(value, std::string(field));
  fields.take("ids", into.selection.ids);
  fields.take("namespace", into.selection.name_space);
  fields.take("subtree", into.selection.subtree);
  fields.take("user", into.selection.user);
  fields.take("author", into.selection.author);
  fields.take("session", into.selection.session);
  fields.take("where", into.selection.where);
  fields.take("dry_run", into.options.dry_run);
  fields.take("reason", into.options.reason);
  fields.take("by", into.options.by);
  fields.finish();
}

void bind_erasure(nb::module_& m) {
  nb::class_<EraseReceipt>(m, "EraseReceipt", "What an erasure took, and how far it is; no text.")
      .def_ro("erased", &EraseReceipt::erased, "Ids of what was asked for.")
      .def_ro("derived", &EraseReceipt::derived, "Ids of what was erased with them: derived from nothing else, or quoting them.")
      .def_ro("unlinked", &EraseReceipt::unlinked, "Ids of what was derived from others too, and is still there: the link is gone.")
      .def_ro("versions", &EraseReceipt::versions, "Of all of them, forgotten and overwritten ones included.")
      .def_ro("relations", &EraseReceipt::relations, "From them and to them; 0 after a dry run, which does not count them.")
      .def_ro("jobs", &EraseReceipt::jobs, "That named or quoted them, dead ones included.")
      .def_ro("hashes", &EraseReceipt::hashes, "Keyed hashes of the texts, 64 hexadecimal digits each; none without the erasure_key of open.")
      .def_ro("erased_seq", &EraseReceipt::erased_seq, "From this change on they are gone for every call; 0 after a dry run.")
      .def_ro("purged_seq", &EraseReceipt::purged_seq, "erased_seq or later once no byte of them is left; 0: not yet, see Admin.purge.")
      .def_ro("dry_run", &EraseReceipt::dry_run, "Whether nothing was erased.")
      .def_ro("not_covered", &EraseReceipt::not_covered, "What this cannot reach, in words.")
      .def("to_dict", [](const EraseReceipt& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values.")
      .def("__repr__", [](const EraseReceipt& r) {
        return fmt::format("<EraseReceipt {} erased, {} derived, {} unlinked{}>", r.erased.size(), r.derived.size(), r.unlinked.size(),
                           r.dry_run ? ", dry run" : "");
      });

  nb::class_<Erasure>(m, "Erasure", "One line of the ledger of erasures.")
      .def_ro("erased_seq", &Erasure::erased_seq, "From this change on it was gone for every call.")
      .def_ro("at", &Erasure::at, "When it was erased.")
      .def_ro("by", &Erasure::by, "Who asked; \"\" when nobody said.")
      .def_ro("reason", &Erasure::reason, "As given to erase.")
      .def_ro("memories", &Erasure::memories, "How many were erased, derived ones included.")
      .def_ro("purged_seq", &Erasure::purged_seq, "erased_seq or later once no byte of them is left; 0: not yet.")
      .def("to_dict", [](const Erasure& e) { return json_dict(to_json(e)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339.")
      .def("__repr__", [](const Erasure& e) {
        return fmt::format("<Erasure at seq {}, {} memories, {}>", e.erased_seq, e.memories, e.purged_seq == 0 ? "not purged" : "purged");
      });

  nb::class_<Tombstone>(m, "Tombstone", "What an erased text or a rejected value left, so that it does not come back to its namespace.")
      .def_prop_ro("kind", [](const Tombstone& t) { return enum_member("TombstoneKind", mnemic::to_string(t.kind)); },
                   nb::for_getter(nb::sig("def kind(self) -> mnemic.enums.TombstoneKind")), "Which of the two.")
      .def_ro("namespace", &Tombstone::name_space, "Where it keeps out, segment by segment.")
      .def_ro("hash", &Tombstone::hash, "The keyed hash of an erased text, as in EraseReceipt.hashes; \"\" for a rejected value.")
      .def_ro("memory", &Tombstone::memory, "The id of the fact whose value was rejected, which may have been erased since; None for an erased text.")
      .def_ro("seq", &Tombstone::seq, "The erasure, as Erasure.erased_seq, or the change that rejected the fact.")
      .def_ro("created_at", &Tombstone::created_at, "When that change was made; None: the file does not say.")
      .def_ro("hits", &Tombstone::hits, "Writes that it kept out, or in quarantine.")
      .def_ro("last_hit_at", &Tombstone::last_hit_at, "When it last did; None: never.")
      .def("to_dict", [](const Tombstone& t) { return json_dict(to_json(t)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, unset fields left out.")
      .def("__repr__", [](const Tombstone& t) {
        return fmt::format("<Tombstone {} at seq {}, {} hits>", mnemic::to_string(t.kind), t.seq, t.hits);
      });
}

}  // namespace mnemic::python
