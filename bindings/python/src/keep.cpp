// SPDX-License-Identifier: Apache-2.0
// Keeping a store: backup, restore, salvage, rekey, what its parts take, and what check finds.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "progress.hpp"
#include "store_handle.hpp"

#include <nanobind/stl/string.h>

#include <fmt/format.h>

namespace mnemic::python {
namespace {

using U = std::uint64_t;

/// A path as Python has it; "" for none.
nb::object path_text(const std::filesystem::path& path) {
  return nb::steal(PyUnicode_DecodeFSDefaultAndSize(path.c_str(), static_cast<Py_ssize_t>(path.native().size())));
}

// With the names that the command gives.
nb::object dict_of(const BackupReport& r) {
  return json_dict(Json::object({{"bytes", r.bytes}, {"pages", r.pages}, {"seq", r.seq}, {"replaced", r.replaced}}));
}

nb::object dict_of(const RestoreReport& r) {
  nb::object made = json_dict(Json::object({{"bytes", r.bytes},
                                            {"seq", r.seq},
                                            {"memories", U{r.memories}},
                                            {"replaced", r.replaced},
                                            {"changes_undone", r.changes_undone},
                                            {"erasures_replayed", U{r.erasures_replayed}}}));
  made["kept"] = path_text(r.kept);
  return made;
}

Json json_of(const LostRow& r) { return Json::object({{"where", r.where}, {"why", r.why}}); }

nb::object dict_of(const SalvageReport& r) {
  std::vector<Json> lost;
  for (const LostRow& row : r.lost) lost.push_back(json_of(row));
  return json_dict(Json::object({{"memories", U{r.memories}},
                                 {"versions", U{r.versions}},
                                 {"relations", U{r.relations}},
                                 {"words_remade", U{r.words_remade}},
                                 {"namespaces_renamed", U{r.namespaces_renamed}},
                                 {"pages", r.pages},
                                 {"lost_rows", U{r.lost_rows}},
                                 {"lost", Json::array(lost)}}));
}

nb::object dict_of(const RekeyReport& r) {
  return json_dict(Json::object({{"bytes", r.bytes}, {"seq", r.seq}, {"encrypted", r.encrypted}}));
}

nb::object dict_of(const LayerUsage& u) {
  return json_dict(Json::object({{"namespace", u.name_space.to_string()},
                                 {"layer", mnemic::to_string(u.layer)},
                                 {"memories", U{u.memories}},
                                 {"versions", U{u.versions}},
                                 {"text_bytes", u.text_bytes},
                                 {"vector_bytes", u.vector_bytes},
                                 {"past_bytes", u.past_bytes}}));
}

Json json_of(const CheckIssue& i) {
  return Json::object({{"code", mnemic::to_string(i.code)}, {"where", i.where}, {"what", i.what}, {"repaired", i.repaired}});
}

nb::object dict_of(const CheckReport& r) {
  std::vector<Json> issues;
  for (const CheckIssue& issue : r.issues) issues.push_back(json_of(issue));
  return json_dict(Json::object({{"clean", r.clean()}, {"rows_checked", U{r.rows_checked}}, {"issues", Json::array(issues)}}));
}

}  // namespace

void bind_keep(nb::module_& m) {
  nb::class_<BackupReport>(m, "BackupReport", "What a backup holds.")
      .def_ro("pages", &BackupReport::pages, "Copied ones, of 4,096 bytes.")
      .def_ro("bytes", &BackupReport::bytes, "The size of the backup.")
      .def_ro("seq", &BackupReport::seq, "The newest change in it.")
      .def_ro("replaced", &BackupReport::replaced, "Whether it took the place of an older backup.")
      .def("to_dict", [](const BackupReport& r) { return dict_of(r); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const BackupReport& r) { return fmt::format("<BackupReport seq {}, {} bytes>", r.seq, r.bytes); });

  nb::class_<RestoreReport>(m, "RestoreReport", "What was (or with dry_run would be) restored.")
      .def_ro("bytes", &RestoreReport::bytes, "The size of the backup.")
      .def_ro("seq", &RestoreReport::seq, "The newest change in what was restored.")
      .def_ro("memories", &RestoreReport::memories, "Current ones in it.")
      .def_ro("replaced", &RestoreReport::replaced, "Whether a store was there.")
      .def_ro("changes_undone", &RestoreReport::changes_undone, "Newer changes of the replaced store that the backup has not.")
      .def_ro("erasures_replayed", &RestoreReport::erasures_replayed, "Erasures of the replaced store that the backup had not.")
      .def_prop_ro("kept", [](const RestoreReport& r) -> nb::object {
        if (r.kept.empty()) return nb::none();
        return path_text(r.kept);
      }, nb::for_getter(nb::sig("def kept(self) -> str | None")), "Where the replaced store is now; None: nowhere.")
      .def("to_dict", [](const RestoreReport& r) { return dict_of(r); }, nb::sig(kToDict), "As JSON values; kept is \"\" where nothing was.")
      .def("__repr__", [](const RestoreReport& r) { return fmt::format("<RestoreReport {} memories, seq {}>", r.memories, r.seq); });

  nb::class_<LostRow>(m, "LostRow", "Something that did not come out of a damaged file.")
      .def_ro("where", &LostRow::where, "Which row or page: \"versions row 17\".")
      .def_ro("why", &LostRow::why, "For people, without memory text.")
      .def("to_dict", [](const LostRow& r) { return json_dict(json_of(r)); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const LostRow& r) { return fmt::format("<LostRow {}: {}>", r.where, r.why); });

  nb::class_<SalvageReport>(m, "SalvageReport", "What came out of a damaged file, and what did not.")
      .def_ro("memories", &SalvageReport::memories, "That are current in the new store.")
      .def_ro("versions", &SalvageReport::versions, "Rows that came out.")
      .def_ro("relations", &SalvageReport::relations, "Likewise.")
      .def_ro("words_remade", &SalvageReport::words_remade, "Versions whose words were lost, and made anew from their texts; their vectors are lost.")
      .def_ro("namespaces_renamed", &SalvageReport::namespaces_renamed, "Whose names were lost: now salvaged/<number>.")
      .def_ro("pages", &SalvageReport::pages, "Of the damaged file and its WAL, read.")
      .def_prop_ro("lost", [](nb::handle_t<SalvageReport> self) { return tuple_over(nb::cast<const SalvageReport&>(self).lost, self); },
                   nb::for_getter(nb::sig("def lost(self) -> tuple[LostRow, ...]")), "The first 10,000.")
      .def_ro("lost_rows", &SalvageReport::lost_rows, "How many were lost in all.")
      .def("to_dict", [](const SalvageReport& r) { return dict_of(r); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const SalvageReport& r) { return fmt::format("<SalvageReport {} memories, {} lost rows>", r.memories, r.lost_rows); });

  nb::class_<RekeyReport>(m, "RekeyReport", "What a store is after its key was exchanged.")
      .def_ro("bytes", &RekeyReport::bytes, "The size of the store.")
      .def_ro("seq", &RekeyReport::seq, "The newest change in it.")
      .def_ro("encrypted", &RekeyReport::encrypted, "Whether it has a key now.")
      .def("to_dict", [](const RekeyReport& r) { return dict_of(r); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const RekeyReport& r) { return fmt::format("<RekeyReport seq {}, {}>", r.seq, r.encrypted ? "encrypted" : "not encrypted"); });

  nb::class_<LayerUsage>(m, "LayerUsage", "What one layer of a namespace takes. Bytes are those of the values; indexes and pages come on top.")
      .def_ro("namespace", &LayerUsage::name_space, "Segment by segment.")
      .def_ro("layer", &LayerUsage::layer, "Which one.")
      .def_ro("memories", &LayerUsage::memories, "Current versions.")
      .def_ro("versions", &LayerUsage::versions, "All versions, current ones included.")
      .def_ro("text_bytes", &LayerUsage::text_bytes, "Text and content of the current ones.")
      .def_ro("vector_bytes", &LayerUsage::vector_bytes, "Vectors of the current ones.")
      .def_ro("past_bytes", &LayerUsage::past_bytes, "Text, content and vectors of the versions that have ended.")
      .def("to_dict", [](const LayerUsage& u) { return dict_of(u); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const LayerUsage& u) {
        return fmt::format("<LayerUsage {} {}: {} memories>", u.name_space.to_string(), mnemic::to_string(u.layer), u.memories);
      });

  nb::class_<CheckIssue>(m, "CheckIssue", "One finding of check.")
      .def_prop_ro("code", [](const CheckIssue& self) { return mnemic::to_string(self.code); }, "\"kCorruption\", …")
      .def_ro("where", &CheckIssue::where, "Which row or page: \"versions row 17\".")
      .def_ro("what", &CheckIssue::what, "The finding, for people, without memory text.")
      .def_ro("repaired", &CheckIssue::repaired, "Whether check(repair=True) mended it.")
      .def("to_dict", [](const CheckIssue& i) { return json_dict(json_of(i)); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const CheckIssue& i) { return fmt::format("<CheckIssue {}: {}>", i.where, i.what); });

  nb::class_<CheckReport>(m, "CheckReport", "What check found.")
      .def_prop_ro("issues", [](nb::handle_t<CheckReport> self) { return tuple_over(nb::cast<const CheckReport&>(self).issues, self); },
                   nb::for_getter(nb::sig("def issues(self) -> tuple[CheckIssue, ...]")), "Empty: clean; at most 1,000.")
      .def_ro("rows_checked", &CheckReport::rows_checked, "How many.")
      .def_prop_ro("clean", &CheckReport::clean, "Whether there is no issue.")
      .def("to_dict", [](const CheckReport& r) { return dict_of(r); }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const CheckReport& r) { return fmt::format("<CheckReport {} rows, {} issues>", r.rows_checked, r.issues.size()); });

  m.def("_usage", [](StoreHandle& self) { return list_of(run([&] { return self.store.usage(); })); }, nb::arg("store"),
        nb::sig("def _usage(store: _Store) -> list[LayerUsage]"));
  m.def("_backup", [](StoreHandle& self, nb::handle path, nb::handle verify, nb::handle progress) {
    const std::filesystem::path file = path_of(path, "path");
    Watched watched(progress);
    BackupOptions options;
    options.verify = get<bool>(verify, "verify");
    return watched(std::move(options), [&](const BackupOptions& given) { return self.store.backup(file, given); });
  }, nb::arg("store"), nb::arg("path"), nb::arg("verify"), nb::arg("progress").none());
  m.def("_restore", [](nb::handle backup, nb::handle path, nb::handle keep_replaced, nb::handle dry_run, nb::handle force, nb::handle key, nb::handle progress) {
    const std::filesystem::path from = path_of(backup, "backup");
    const std::filesystem::path to = path_of(path, "path");
    Watched watched(progress);
    RestoreOptions options;
    options.keep_replaced = get<bool>(keep_replaced, "keep_replaced");
    options.dry_run = get<bool>(dry_run, "dry_run");
    options.force = get<bool>(force, "force");
    options.key = get<Secret>(key, "key").bytes;
    return watched(std::move(options), [&](const RestoreOptions& given) { return restore_store(from, to, given); });
  }, nb::arg("backup"), nb::arg("path"), nb::arg("keep_replaced"), nb::arg("dry_run"), nb::arg("force"), nb::arg("key"), nb::arg("progress").none());
  m.def("_salvage", [](nb::handle damaged, nb::handle path, nb::handle language, nb::handle key, nb::handle progress) {
    const std::filesystem::path from = path_of(damaged, "damaged");
    const std::filesystem::path to = path_of(path, "path");
    Watched watched(progress);
    SalvageOptions options;
    options.language = get<std::string>(language, "language");
    options.key = get<Secret>(key, "key").bytes;
    return watched(std::move(options), [&](const SalvageOptions& given) { return salvage_store(from, to, given); });
  }, nb::arg("damaged"), nb::arg("path"), nb::arg("language"), nb::arg("key"), nb::arg("progress").none());
  m.def("_rekey", [](nb::handle path, nb::handle key, nb::handle new_key, nb::handle progress) {
    const std::filesystem::path store = path_of(path, "path");
    Watched watched(progress);
    RekeyOptions options;
    options.key = get<Secret>(key, "key").bytes;
    options.new_key = get<Secret>(new_key, "new_key").bytes;
    return watched(std::move(options), [&](const RekeyOptions& given) { return rekey_store(store, given); });
  }, nb::arg("path"), nb::arg("key"), nb::arg("new_key"), nb::arg("progress").none());
}

}  // namespace mnemic::python
