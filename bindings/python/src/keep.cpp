// SPDX-License-Identifier: Apache-2.0
// Keeping a store: backup, restore, salvage, and what its parts take.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "progress.hpp"
#include "store_handle.hpp"

#include <nanobind/stl/string.h>

#include <fmt/format.h>

namespace mnemic::python {

void bind_keep(nb::module_& m) {
  nb::class_<BackupReport>(m, "BackupReport", "What a backup holds.")
      .def_ro("pages", &BackupReport::pages, "Copied ones, of 4,096 bytes.")
      .def_ro("bytes", &BackupReport::bytes, "The size of the backup.")
      .def_ro("seq", &BackupReport::seq, "The newest change in it.")
      .def_ro("replaced", &BackupReport::replaced, "Whether it took the place of an older backup.")
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
        return nb::steal(PyUnicode_DecodeFSDefaultAndSize(r.kept.c_str(), static_cast<Py_ssize_t>(r.kept.native().size())));
      }, nb::for_getter(nb::sig("def kept(self) -> str | None")), "Where the replaced store is now; None: nowhere.")
      .def("__repr__", [](const RestoreReport& r) { return fmt::format("<RestoreReport {} memories, seq {}>", r.memories, r.seq); });

  nb::class_<LostRow>(m, "LostRow", "Something that did not come out of a damaged file.")
      .def_ro("where", &LostRow::where, "Which row or page: \"versions row 17\".")
      .def_ro("why", &LostRow::why, "For people, without memory text.")
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
      .def("__repr__", [](const SalvageReport& r) { return fmt::format("<SalvageReport {} memories, {} lost rows>", r.memories, r.lost_rows); });

  nb::class_<LayerUsage>(m, "LayerUsage", "What one layer of a namespace takes. Bytes are those of the values; indexes and pages come on top.")
      .def_ro("namespace", &LayerUsage::name_space, "Segment by segment.")
      .def_ro("layer", &LayerUsage::layer, "Which one.")
      .def_ro("memories", &LayerUsage::memories, "Current versions.")
      .def_ro("versions", &LayerUsage::versions, "All versions, current ones included.")
      .def_ro("text_bytes", &LayerUsage::text_bytes, "Text and content of the current ones.")
      .def_ro("vector_bytes", &LayerUsage::vector_bytes, "Vectors of the current ones.")
      .def_ro("past_bytes", &LayerUsage::past_bytes, "Text, content and vectors of the versions that have ended.")
      .def("__repr__", [](const LayerUsage& u) {
        return fmt::format("<LayerUsage {} {}: {} memories>", u.name_space.to_string(), mnemic::to_string(u.layer), u.memories);
      });

  m.def("_usage", [](StoreHandle& self) { return list_of(run([&] { return self.store.usage(); })); }, nb::arg("store"),
        nb::sig("def _usage(store: _Store) -> list[LayerUsage]"));
  m.def("_backup", [](StoreHandle& self, nb::handle path, nb::handle verify, nb::handle progress) {
    const std::filesystem::path file = path_of(path, "path");
    Watched watched(progress);
    BackupOptions options;
    options.verify = get<bool>(verify, "verify");
    return watched(std::move(options), [&](const BackupOptions& given) { return self.store.backup(file, given); });
  }, nb::arg("store"), nb::arg("path"), nb::arg("verify"), nb::arg("progress").none());
  m.def("_restore", [](nb::handle backup, nb::handle path, nb::handle keep_replaced, nb::handle dry_run, nb::handle force, nb::handle progress) {
    const std::filesystem::path from = path_of(backup, "backup");
    const std::filesystem::path to = path_of(path, "path");
    Watched watched(progress);
    RestoreOptions options;
    options.keep_replaced = get<bool>(keep_replaced, "keep_replaced");
    options.dry_run = get<bool>(dry_run, "dry_run");
    options.force = get<bool>(force, "force");
    return watched(std::move(options), [&](const RestoreOptions& given) { return restore_store(from, to, given); });
  }, nb::arg("backup"), nb::arg("path"), nb::arg("keep_replaced"), nb::arg("dry_run"), nb::arg("force"), nb::arg("progress").none());
  m.def("_salvage", [](nb::handle damaged, nb::handle path, nb::handle language, nb::handle progress) {
    const std::filesystem::path from = path_of(damaged, "damaged");
    const std::filesystem::path to = path_of(path, "path");
    Watched watched(progress);
    SalvageOptions options;
    options.language = get<std::string>(language, "language");
    return watched(std::move(options), [&](const SalvageOptions& given) { return salvage_store(from, to, given); });
  }, nb::arg("damaged"), nb::arg("path"), nb::arg("language"), nb::arg("progress").none());
}

}  // namespace mnemic::python
