// SPDX-License-Identifier: Apache-2.0
// The store and its admin, as mnemic.store calls them. Nothing here is public: mnemic.Store is.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "store_handle.hpp"
#include "watch.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>

namespace mnemic::python {
namespace {

std::unique_ptr<StoreHandle> open(nb::handle path, nb::handle given) {
  const std::filesystem::path file = path_of(path, "path");
  Options options;
  read(given, "", options);
  const bool on_disk = file != ":memory:";
  if (on_disk) warn_of_other_copy(file);
  auto handle = std::make_unique<StoreHandle>(run([&] { return Store::open(file, options); }));
  if (on_disk) handle->watch = watch(file);
  handle->hold(nb::borrow<nb::dict>(given), options);
  return handle;
}

nb::object verdict_of(Screen& screen, nb::handle text, nb::handle field) {
  const ScreenVerdict verdict = screen.check(get<std::string>(text, "text"), get<std::string>(field, "field"));
  if (verdict.action == ScreenVerdict::Action::kAccept) return nb::none();
  return to_python(verdict.text);  // the library's own screen only ever replaces
}

/// The garbage collector sees the callbacks, so that an embedder may hold its own store.
int visit_store(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  for (const nb::handle callback : nb::inst_ptr<StoreHandle>(self)->held()) Py_VISIT(callback.ptr());
  return 0;
}

PyType_Slot store_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(&visit_store)}, {0, nullptr}};

}  // namespace

void bind_store(nb::module_& m) {
  nb::class_<TokenCounter>(m, "EstimatingTokenCounter", "The built-in token counter: an estimate that needs no vocabulary and errs on the high side.")
      .def("__call__", [](TokenCounter& counter, nb::handle text) { return counter.count(get<std::string>(text, "text")); }, nb::arg("text"),
           nb::sig("def __call__(self, text: str) -> int"), "The tokens of text, estimated.");
  nb::class_<Screen>(m, "SecretScreen", "The built-in screen: keys, tokens, passwords and card numbers become [redacted:<kind>].")
      .def("__call__", &verdict_of, nb::arg("text"), nb::arg("field") = "text",
           nb::sig("def __call__(self, text: str, field: str = 'text') -> str | None"), "The text without its secrets; None when it has none.");
  m.def("estimating_token_counter", &estimating_token_counter, "The built-in token counter, the default of open.");
  m.def("secret_screen", &secret_screen, "A screen for secrets, to be given to open.");

  nb::class_<StoreHandle>(m, "_Store", nb::type_slots(store_slots))
      .def("close", [](StoreHandle& self) {
        run([&] { return self.store.close(); });
        self.watch.reset();
      })
      .def("scope", [](StoreHandle& self, nb::handle name, nb::handle options) {
        const auto target = get<Namespace>(name, "namespace");
        const auto given = get<ScopeOptions>(options, "");
        return run([&] { return self.store.scope(target, given); });
      })
      .def("flush", [](StoreHandle& self) { run([&] { return self.store.flush(); }); })
      .def("snapshot", [](StoreHandle& self, nb::handle path) {
        const std::filesystem::path file = path_of(path, "path");
        run([&] { return self.store.snapshot(file); });
      })
      .def("reembed", [](StoreHandle& self, nb::handle embedder, nb::handle now) {
        const auto to = get<std::shared_ptr<Embedder>>(embedder, "embedder");
        const Switch when = get<bool>(now, "now") ? Switch::kNow : Switch::kWhenComplete;
        run([&] { return self.store.reembed(to, when); });
        self.hold(embedder, to);
      }, nb::arg("embedder"), nb::arg("now") = false)
      .def("reembedding", [](StoreHandle& self) { return run([&] { return self.store.reembedding(); }); })
      .def("drop_space", [](StoreHandle& self, nb::handle name, nb::handle version) {
        const auto of = get<std::string>(name, "name");
        const auto which = get<std::string>(version, "version");
        run([&] { return self.store.drop_space(of, which); });
      }, nb::arg("name"), nb::arg("version"))
      .def("stats", [](StoreHandle& self) { return run([&] { return self.store.stats(); }); })
      .def("check", [](StoreHandle& self, nb::handle repair) {
        const bool mend = get<bool>(repair, "repair");
        return run([&] { return self.store.check(mend); });
      }, nb::arg("repair") = false, nb::sig("def check(self, repair: bool = False) -> CheckReport"))
      .def("namespaces", [](StoreHandle& self) {
        return text_tuple(run([&] { return self.store.admin().namespaces(); }));
      }, nb::sig("def namespaces(self) -> tuple[tuple[str, ...], ...]"))
      .def("find", [](StoreHandle& self, nb::handle id, nb::handle vectors) {
        const auto target = get<MemoryId>(id, "id");
        const ReadOptions options{.vectors = get<bool>(vectors, "vectors")};
        return run([&] { return self.store.admin().find(target, options); });
      })
      .def("history", [](StoreHandle& self, nb::handle id) {
        const auto target = get<MemoryId>(id, "id");
        return list_of(run([&] { return self.store.admin().history(target); }));
      }, nb::sig("def history(self, arg: object, /) -> list[Memory]"))
      .def("grant", [](StoreHandle& self, nb::handle reader, nb::handle target) {
        const auto from = get<Namespace>(reader, "reader");
        const auto to = get<Namespace>(target, "target");
        run([&] { return self.store.admin().grant(from, to); });
      })
      .def("revoke", [](StoreHandle& self, nb::handle reader, nb::handle target) {
        const auto from = get<Namespace>(reader, "reader");
        const auto to = get<Namespace>(target, "target");
        run([&] { return self.store.admin().revoke(from, to); });
      })
      .def("grants", [](StoreHandle& self) { return list_of(run([&] { return self.store.admin().grants(); })); },
           nb::sig("def grants(self) -> list[Grant]"))
      .def("erase", [](StoreHandle& self, nb::handle fields) {
        const auto request = get<EraseRequest>(fields, "");
        return run([&] { return self.store.admin().erase(request.selection, request.options); });
      })
      .def("purge", [](StoreHandle& self) { return run([&] { return self.store.admin().purge(); }); })
      .def("erasures", [](StoreHandle& self) { return list_of(run([&] { return self.store.admin().erasures(); })); },
           nb::sig("def erasures(self) -> list[Erasure]"))
      .def("tombstones", [](StoreHandle& self) { return list_of(run([&] { return self.store.admin().tombstones(); })); },
           nb::sig("def tombstones(self) -> list[Tombstone]"));
  m.def("_open", &open, nb::arg("path"), nb::arg("options"));
}

}  // namespace mnemic::python
