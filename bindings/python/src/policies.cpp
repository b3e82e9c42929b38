// SPDX-License-Identifier: Apache-2.0
// The rules of a store, as mnemic.policies calls them.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "store_handle.hpp"

#include <nanobind/stl/string.h>

#include <fmt/format.h>

#include <optional>

namespace mnemic::python {

void read(nb::handle value, Field field, PolicyKind& into) {
  const auto kind = parse_policy_kind(get<std::string>(value, field));
  if (!kind) raise_value("{}: {}", field, without_name(kind.status().message()));
  into = *kind;
}

void read(nb::handle value, Field field, PolicyInput& into) {
  Fields fields(value, std::string(field));
  std::optional<std::chrono::seconds> after;
  fields.take("kind", into.kind);
  fields.take("owner", into.owner);
  fields.take("reason", into.reason);
  fields.take("namespace", into.name_space);
  fields.take("subtree", into.subtree);
  fields.take("where", into.where);
  fields.take("after", after);
  fields.take("refresh_on_use", into.refresh_on_use);
  fields.take("quarantine", into.quarantine);
  fields.take("expires_at", into.expires_at);
  fields.take("dry_run", into.dry_run);
  fields.finish();
  if (after) into.after = *after;
}

namespace {

PolicyId id_of(nb::handle id) { return static_cast<PolicyId>(get<std::size_t>(id, "id")); }

std::string repr(const Policy& policy) {
  const PolicyInput& rule = policy.rule;
  return fmt::format("<Policy {} {} of {}{}{}{}, {} hits>", policy.id, mnemic::to_string(rule.kind),
                     rule.name_space ? rule.name_space->to_string() : "every namespace", rule.subtree ? " and below" : "",
                     rule.dry_run ? ", dry run" : "", policy.ended ? ", ended" : "", policy.hits);
}

}  // namespace

void bind_policies(nb::module_& m) {
  nb::class_<Policy>(m, "Policy", "A rule of a store, and what it did.")
      .def_ro("id", &Policy::id, "Its number.")
      .def_prop_ro("kind", [](const Policy& p) { return enum_member("PolicyKind", mnemic::to_string(p.rule.kind)); },
                   nb::for_getter(nb::sig("def kind(self) -> mnemic.enums.PolicyKind")), "What it does.")
      .def_prop_ro("namespace", [](const Policy& p) { return p.rule.name_space; }, "Whose memories it is about; None: those of every namespace.")
      .def_prop_ro("subtree", [](const Policy& p) { return p.rule.subtree; }, "Whether also those of namespaces below it.")
      .def_prop_ro("where", [](const Policy& p) { return to_python(p.rule.where.to_json()); }, nb::for_getter(nb::sig("def where(self) -> dict[str, typing.Any]")),
                   "The filter that they pass; {}: all of them.")
      .def_prop_ro("after", [](const Policy& p) -> std::optional<std::chrono::microseconds> {
        if (p.rule.after == std::chrono::seconds(0)) return std::nullopt;
        return p.rule.after;
      }, "The life that it gives, or how long it keeps what nobody writes; None: of another kind.")
      .def_prop_ro("refresh_on_use", [](const Policy& p) { return p.rule.refresh_on_use; }, "Whether use prolongs the lives it gave.")
      .def_prop_ro("quarantine", [](const Policy& p) { return p.rule.quarantine; }, "Whether it quarantines instead of refusing.")
      .def_prop_ro("owner", [](const Policy& p) { return p.rule.owner; }, "Who is responsible.")
      .def_prop_ro("reason", [](const Policy& p) { return p.rule.reason; }, "What those are told whom it concerns.")
      .def_prop_ro("expires_at", [](const Policy& p) { return p.rule.expires_at; }, "From then on it does nothing; None: until it is removed.")
      .def_prop_ro("dry_run", [](const Policy& p) { return p.rule.dry_run; }, "Whether it only counts what it would have done.")
      .def_ro("created_at", &Policy::created_at, "When it was added.")
      .def_ro("ended", &Policy::ended, "Whether expires_at has passed.")
      .def_ro("hits", &Policy::hits, "Lives given or prolonged, memories erased, erasures or writes refused.")
      .def_ro("last_hit_at", &Policy::last_hit_at, "When it last did something; None: never.")
      .def("to_dict", [](const Policy& p) { return json_dict(to_json(p)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, after in seconds, unset fields left out.")
      .def("__repr__", &repr);

  nb::class_<Policies>(m, "_Policies")
      .def("add", [](const Policies& self, nb::handle fields) {
        const auto input = get<PolicyInput>(fields, "");
        return run([&] { return self.add(input); });
      })
      .def("preview", [](const Policies& self, nb::handle fields) {
        const auto input = get<PolicyInput>(fields, "");
        return list_of(run([&] { return self.preview(input); }));
      }, nb::sig("def preview(self, arg: object, /) -> list[str]"))
      .def("get", [](const Policies& self, nb::handle id) {
        const PolicyId target = id_of(id);
        return run([&] { return self.get(target); });
      })
      .def("list", [](const Policies& self) { return list_of(run([&] { return self.list(); })); }, nb::sig("def list(self) -> list[Policy]"))
      .def("remove", [](const Policies& self, nb::handle id) {
        const PolicyId target = id_of(id);
        run([&] { return self.remove(target); });
      });
  m.def("_policies", [](const StoreHandle& self) { return self.store.policies(); });
}

}  // namespace mnemic::python
