// SPDX-License-Identifier: Apache-2.0
// The private module mnemic._core; the public package mnemic wraps it.
#include "bind.hpp"
#include "casters.hpp"

#include <mnemic/version.hpp>

NB_MODULE(_core, m) {
  using namespace mnemic::python;
  m.doc() = "The compiled part of mnemic. Its classes without an underscore are public by way of the package mnemic.";
  m.def("version", [] { return MNEMIC_VERSION; }, "Of the library and the package, \"0.1.0\".");
  m.def("parse_namespace", [](nb::handle printed) {
    const mnemic::Result<mnemic::Namespace> name = mnemic::Namespace::parse(get<std::string>(printed, "printed"));
    if (!name) raise(name.status());
    return *name;
  }, nb::arg("printed"), nb::sig("def parse_namespace(printed: str) -> tuple[str, ...]"), "The segments of a printed namespace, \"acme/ada\".");
  m.def("format_namespace", [](nb::handle segments) { return get<mnemic::Namespace>(segments, "segments").to_string(); }, nb::arg("segments"),
        nb::sig("def format_namespace(segments: collections.abc.Sequence[str]) -> str"), "The printed form: segments joined by /, escaped.");
  bind_memories(m);
  bind_recall(m);
  bind_layer_results(m);
  bind_erasure(m);
  bind_policies(m);
  bind_embedders(m);
  bind_rerankers(m);
  bind_store(m);
  bind_jobs(m);
  bind_transfer(m);
  bind_keep(m);
  bind_scope(m);
  bind_layers(m);
  bind_watch(m);
}
