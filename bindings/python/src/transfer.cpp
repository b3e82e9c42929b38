// SPDX-License-Identifier: Apache-2.0
// Export and import, as mnemic.Admin calls them.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "progress.hpp"
#include "store_handle.hpp"

#include <nanobind/stl/string.h>

#include <fmt/format.h>

namespace mnemic::python {

void read(nb::handle value, Field field, TransferFormat& into) {
  const Result<TransferFormat> parsed = parse_transfer_format(get<std::string>(value, field));
  if (!parsed) raise_value("{}: not one of auto, mnemic, mem0, langgraph, mcp-memory, letta", field);
  into = *parsed;
}

void read(nb::handle value, Field field, OnConflict& into) {
  const auto name = get<std::string>(value, field);
  if (name != "keep_newer" && name != "refuse") raise_value("{}: not one of keep_newer, refuse", field);
  into = name == "refuse" ? OnConflict::kRefuse : OnConflict::kKeepNewer;
}

void read(nb::handle value, Field field, ExportOptions& into) {
  Fields fields(value, std::string(field));
  std::size_t since = 0;
  fields.take("namespaces", into.namespaces);
  fields.take("layers", into.layers);
  fields.take("where", into.where);
  fields.take("vectors", into.vectors);
  fields.take("history", into.history);
  fields.take("since", since);
  fields.finish();
  into.since = since;
}

void read(nb::handle value, Field field, ImportOptions& into) {
  Fields fields(value, std::string(field));
  fields.take("format", into.format);
  fields.take("into", into.into);
  fields.take("source", into.from);
  fields.take("conflict", into.conflict);
  fields.take("grants", into.grants);
  fields.take("dry_run", into.dry_run);
  fields.take("batch", into.batch);
  fields.finish();
}

void bind_transfer(nb::module_& m) {
  nb::class_<ExportReport>(m, "ExportReport", "What an export holds.")
      .def_ro("seq", &ExportReport::seq, "The change the file shows the store at: `since` of the next one.")
      .def_ro("namespaces", &ExportReport::namespaces, "Those that had something to export.")
      .def_ro("memories", &ExportReport::memories, "How many.")
      .def_ro("versions", &ExportReport::versions, "Lines of memories; as many as memories without history.")
      .def_ro("relations", &ExportReport::relations, "How many.")
      .def_ro("forgotten", &ExportReport::forgotten, "With since: memories that are there no more.")
      .def_ro("erased", &ExportReport::erased, "With since: memories that were erased, whatever the filter.")
      .def_ro("facts_about", &ExportReport::facts_about, "Declared attributes and grants.")
      .def_ro("bytes", &ExportReport::bytes, "The size of the file.")
      .def("to_dict", [](const ExportReport& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values.")
      .def("__repr__", [](const ExportReport& r) { return fmt::format("<ExportReport {} memories, seq {}>", r.memories, r.seq); });

  nb::class_<ImportProblem>(m, "ImportProblem", "Something of a file that was not taken over.")
      .def_ro("line", &ImportProblem::line, "Of the file, from 1; of formats that are one JSON text its number.")
      .def_ro("id", &ImportProblem::id, "The memory's id, or the key it has in a foreign format; \"\" for what is no memory.")
      .def_ro("what", &ImportProblem::what, "Why.")
      .def("to_dict", [](const ImportProblem& p) {
        return json_dict(Json::object({{"line", std::uint64_t{p.line}}, {"id", p.id}, {"what", p.what}}));
      }, nb::sig(kToDict), "As JSON values.")
      .def("__repr__", [](const ImportProblem& p) { return fmt::format("<ImportProblem line {}: {}>", p.line, p.what); });

  nb::class_<ImportReport>(m, "ImportReport", "What an import did, or with dry_run would do.")
      .def_prop_ro("format", [](const ImportReport& r) { return enum_member("TransferFormat", mnemic::to_string(r.format)); },
                   nb::for_getter(nb::sig("def format(self) -> mnemic.enums.TransferFormat")), "What the file was.")
      .def_ro("memories", &ImportReport::memories, "Of the file: written + replaced + unchanged + kept + refused.")
      .def_ro("written", &ImportReport::written, "Were not there.")
      .def_ro("replaced", &ImportReport::replaced, "Were there, older.")
      .def_ro("unchanged", &ImportReport::unchanged, "Were there, the same.")
      .def_ro("kept", &ImportReport::kept, "Were there newer, or were forgotten later: the store's stands.")
      .def_ro("refused", &ImportReport::refused, "By the store's screen or a policy, or because it, or its text, was erased here.")
      .def_ro("forgotten", &ImportReport::forgotten, "Forgotten, because the file says so.")
      .def_ro("erased", &ImportReport::erased, "Erased, because the file says so, with what was derived from them.")
      .def_ro("relations", &ImportReport::relations, "Made, changed or ended.")
      .def_ro("facts_about", &ImportReport::facts_about, "Attributes declared, and grants made or ended.")
      .def_ro("resumed", &ImportReport::resumed, "It went on after an import that did not end; the counts are those of both.")
      .def_ro("dry_run", &ImportReport::dry_run, "Nothing was changed.")
      .def_prop_ro("problems", [](nb::handle_t<ImportReport> self) { return tuple_over(nb::cast<const ImportReport&>(self).problems, self); },
                   nb::for_getter(nb::sig("def problems(self) -> tuple[ImportProblem, ...]")), "Of this call; at most 1,000.")
      .def("to_dict", [](const ImportReport& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values.")
      .def("__repr__", [](const ImportReport& r) {
        return fmt::format("<ImportReport {} memories: {} written, {} replaced, {} unchanged>", r.memories, r.written, r.replaced, r.unchanged);
      });

  m.def("_export", [](StoreHandle& self, nb::handle path, nb::handle fields, nb::handle progress) {
    const std::filesystem::path file = path_of(path, "path");
    Watched watched(progress);
    return watched(get<ExportOptions>(fields, ""), [&](const ExportOptions& options) { return self.store.admin().export_to(file, options); });
  }, nb::arg("store"), nb::arg("path"), nb::arg("fields"), nb::arg("progress").none());
  m.def("_import", [](StoreHandle& self, nb::handle path, nb::handle fields, nb::handle progress) {
    const std::filesystem::path file = path_of(path, "path");
    Watched watched(progress);
    return watched(get<ImportOptions>(fields, ""), [&](const ImportOptions& options) { return self.store.admin().import_from(file, options); });
  }, nb::arg("store"), nb::arg("path"), nb::arg("fields"), nb::arg("progress").none());
}

}  // namespace mnemic::python
