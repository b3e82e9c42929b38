// SPDX-License-Identifier: Apache-2.0
// The handles of the layers, as mnemic.layers calls them.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#include <fmt/format.h>

namespace mnemic::python {
namespace {

void bind_episodes(nb::module_& m) {
  nb::class_<Episodes>(m, "_Episodes")
      .def("record", [](const Episodes& self, nb::handle fields, nb::handle durability) {
        const auto input = get<EpisodeInput>(fields, "");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.record(input, options); });
      }, nb::arg("fields"), nb::arg("durability").none())
      .def("close", [](const Episodes& self, nb::handle id, nb::handle end, nb::handle outcome, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        EpisodeEnd given;
        if (!end.is_none()) read(end, "end", given.end);
        read(outcome, "outcome", given.outcome);
        const WriteOptions options = write_options(durability);
        return run([&] { return self.close(target, given, options); });
      }, nb::arg("id"), nb::arg("end").none(), nb::arg("outcome"), nb::arg("durability").none())
      .def("get", [](const Episodes& self, nb::handle id) {
        const auto target = get<MemoryId>(id, "id");
        return run([&] { return self.get(target); });
      })
      .def("timeline", [](const Episodes& self, nb::handle fields) {
        TimelineOptions options;
        Fields given(fields, "");
        given.take("start", options.from);
        given.take("end", options.to);
        given.take("where", options.where);
        given.take("order", options.order);
        given.take("page_size", options.limit);
        given.take("cursor", options.cursor);
        given.finish();
        if (options.from && options.to && *options.to <= *options.from) raise_value("timeline: end: not after start");
        return page_of(run([&] { return self.timeline(options); }));
      }, nb::sig("def timeline(self, fields: object) -> tuple[list[Episode], str]"));
}

std::vector<FactInput> fact_inputs(nb::handle facts) {
  std::vector<FactInput> inputs;
  std::size_t index = 0;
  for (const nb::handle fact : items_of(facts, "facts")) read(fact, Field(fmt::format("facts[{}]", index++)), inputs.emplace_back());
  return inputs;
}

void bind_facts(nb::module_& m) {
  nb::class_<Facts>(m, "_Facts")
      .def("assert_fact", [](const Facts& self, nb::handle fields, nb::handle durability) {
        const auto input = get<FactInput>(fields, "");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.assert_fact(input, options); });
      }, nb::arg("fields"), nb::arg("durability").none())
      .def("assert_facts", [](const Facts& self, nb::handle facts, nb::handle durability) {
        const std::vector<FactInput> inputs = fact_inputs(facts);
        const WriteOptions options = write_options(durability);
        return list_of(run([&] { return self.assert_facts(inputs, options); }));
      }, nb::arg("facts"), nb::arg("durability").none(), nb::sig("def assert_facts(self, facts: object, durability: object | None) -> list[Asserted]"))
      .def("about", [](const Facts& self, nb::handle subject, nb::handle fields) {
        const auto of = get<std::string>(subject, "subject");
        AboutOptions options;
        Fields given(fields, "");
        given.take("at", options.at);
        given.take("attribute", options.attribute);
        given.take("where", options.where);
        given.take("limit", options.limit);
        given.finish();
        return list_of(run([&] { return self.about(of, options); }));
      }, nb::sig("def about(self, subject: object, fields: object) -> list[Fact]"))
      .def("history", [](const Facts& self, nb::handle subject, nb::handle attribute) {
        const auto of = get<std::string>(subject, "subject");
        const auto name = get<std::string>(attribute, "attribute");
        return list_of(run([&] { return self.history(of, name); }));
      }, nb::sig("def history(self, subject: object, attribute: object) -> list[Fact]"))
      .def("page", [](const Facts& self, nb::handle fields) {
        FactListOptions options;
        Fields given(fields, "");
        given.take("at", options.at);
        given.take("all", options.all);
        given.take("where", options.where);
        given.take("page_size", options.limit);
        given.take("cursor", options.cursor);
        given.finish();
        return page_of(run([&] { return self.list(options); }));
      }, nb::sig("def page(self, fields: object) -> tuple[list[Fact], str]"))
      .def("get", [](const Facts& self, nb::handle id) {
        const auto target = get<MemoryId>(id, "id");
        return run([&] { return self.get(target); });
      })
      .def("retract", [](const Facts& self, nb::handle id, nb::handle at, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        std::optional<Timestamp> when;
        if (!at.is_none()) read(at, "at", when);
        const WriteOptions options = write_options(durability);
        return run([&] { return self.retract(target, when, options); });
      }, nb::arg("id"), nb::arg("at").none(), nb::arg("durability").none())
      .def("confirm", [](const Facts& self, nb::handle id, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.confirm(target, options); });
      }, nb::arg("id"), nb::arg("durability").none())
      .def("reject", [](const Facts& self, nb::handle id, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.reject(target, options); });
      }, nb::arg("id"), nb::arg("durability").none())
      .def("declare", [](const Facts& self, nb::handle attributes, nb::handle durability) {
        const auto declared = get<std::vector<Attribute>>(attributes, "attributes");
        const WriteOptions options = write_options(durability);
        run([&] { return self.declare(declared, options); });
      }, nb::arg("attributes"), nb::arg("durability").none())
      .def("attributes", [](const Facts& self) { return list_of(run([&] { return self.attributes(); })); },
           nb::sig("def attributes(self) -> list[Attribute]"));
  m.def("default_attributes", [] {
    const auto defaults = default_attributes();
    return list_of(std::vector<Attribute>(defaults.begin(), defaults.end()));
  }, nb::sig("def default_attributes() -> list[Attribute]"), "What holds where nothing is declared: a few attributes of English talk that have many values.");
}

void bind_skills(nb::module_& m) {
  nb::class_<Skills>(m, "_Skills")
      .def("record_run", [](const Skills& self, nb::handle fields, nb::handle durability) {
        const auto input = get<RunInput>(fields, "");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.record_run(input, options); });
      }, nb::arg("fields"), nb::arg("durability").none())
      .def("page", [](const Skills& self, nb::handle fields) {
        SkillListOptions options;
        Fields given(fields, "");
        given.take("where", options.where);
        given.take("page_size", options.limit);
        given.take("cursor", options.cursor);
        given.finish();
        return page_of(run([&] { return self.list(options); }));
      }, nb::sig("def page(self, fields: object) -> tuple[list[Skill], str]"))
      .def("best_for", [](const Skills& self, nb::handle goal, nb::handle fields) {
        const auto wanted = get<std::string>(goal, "goal");
        BestForOptions options;
        Fields given(fields, "");
        given.take("k", options.k);
        given.take("min_similarity", options.min_similarity);
        given.take("where", options.where);
        given.finish();
        return list_of(run([&] { return self.best_for(wanted, options); }));
      }, nb::sig("def best_for(self, goal: object, fields: object) -> list[SkillMatch]"))
      .def("get", [](const Skills& self, nb::handle id) {
        const auto target = get<MemoryId>(id, "id");
        return run([&] { return self.get(target); });
      });
}

}  // namespace

void bind_layers(nb::module_& m) {
  bind_episodes(m);
  bind_facts(m);
  bind_skills(m);
}

}  // namespace mnemic::python
