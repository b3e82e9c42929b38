// SPDX-License-Identifier: Apache-2.0
// Scope, session and batch, as mnemic.scope calls them: arguments as dictionaries of the fields that were given.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#include <mnemic/layers/session.hpp>

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace mnemic::python {
namespace {

MemoryInput input_of(nb::handle fields) { return get<MemoryInput>(fields, ""); }

/// "items[17]", as a message names it.
std::string item_name(std::size_t index) { return fmt::format("items[{}]", index); }

/// The library counts operations within the commit; a message names the item as the caller counts.
Status with_item(const Status& status, std::size_t first) {
  constexpr std::string_view kOperation = "operation ";
  std::string_view message = status.message();
  std::size_t number = 0;
  if (!message.starts_with(kOperation)) return status;
  message.remove_prefix(kOperation.size());
  const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), number);
  if (error != std::errc()) return status;
  message.remove_prefix(static_cast<std::size_t>(end - message.data()));
  return {status.code(), item_name(first + number) + std::string(message), status.extended_code()};
}

/// Puts items first to first + n in one commit; with `vectors`, each gets the row of its number.
nb::list put_chunk(const Scope& scope, nb::list items, nb::handle vectors, nb::handle space, std::size_t first, nb::handle durability) {
  std::optional<Rows> rows;
  if (!vectors.is_none()) rows.emplace(vectors, "vectors");
  const auto space_name = get<std::string>(space, "space");
  const WriteOptions options = write_options(durability);
  Batch batch;
  std::size_t index = first;
  for (const nb::handle item : items) {
    MemoryInput input;
    if (!(rows && item.is_none())) read(item, Field(item_name(index)), input);
    if (rows) {
      if (index >= rows->size()) raise_value("vectors: {} rows for more items than that", rows->size());
      const auto row = rows->row(index);
      input.vectors.push_back({space_name, {row.begin(), row.end()}});
    }
    batch.put(std::move(input));
    ++index;
  }
  const auto written = run([&] {
    auto result = scope.write(batch, options);
    return result ? std::move(result) : Result<std::vector<Written>>(with_item(result.status(), first));
  });
  nb::list ids;
  for (const Written& one : written) ids.append(to_python(one.id));
  return ids;
}

ForgetOptions forget_options(nb::handle dry_run, nb::handle cascade, nb::handle durability) {
  return {.dry_run = get<bool>(dry_run, "dry_run"),
          .cascade = get<bool>(cascade, "cascade"),
          .durability = write_options(durability).durability};
}

/// What the library calls rerank.top is the argument rerank_top here.
Status with_argument(const Status& status) {
  constexpr std::string_view kField = ": rerank.";
  std::string message(status.message());
  const std::size_t at = message.find(kField);
  if (status.code() != StatusCode::kInvalidArgument || at == std::string::npos) return status;
  message[at + kField.size() - 1] = '_';
  return {status.code(), std::move(message), status.extended_code()};
}

Result<RecallResult> recall(const Scope& scope, const RecallRequest& request) {
  auto result = scope.recall(request.query, request.options);
  return result ? std::move(result) : Result<RecallResult>(with_argument(result.status()));
}

Result<Explanation> why(const Scope& scope, const MemoryId& id, const RecallRequest& request) {
  auto result = scope.why(request.query, id, request.options);
  return result ? std::move(result) : Result<Explanation>(with_argument(result.status()));
}

/// One answer for each query: those of `texts`, or the rows of `vectors`.
RecallBatch recall_many(const Scope& scope, nb::handle texts, nb::handle vectors, nb::handle space, nb::handle fields) {
  const auto request = get<RecallRequest>(fields, "");
  RecallBatch batch;
  Query query = request.query;
  const auto ask = [&] {
    batch.results.push_back(run([&] { return scope.recall(query, request.options); }));
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  };
  if (!vectors.is_none()) {
    const Rows rows(vectors, "vectors");
    query.vector.emplace().space = get<std::string>(space, "space");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows.row(i);
      query.vector->values.assign(row.begin(), row.end());
      ask();
    }
    return batch;
  }
  std::size_t index = 0;
  for (const nb::handle text : items_of(texts, "texts")) {
    read(text, Field(fmt::format("texts[{}]", index++)), query.text);
    ask();
  }
  return batch;
}

nb::tuple list(const Scope& scope, nb::handle where, nb::handle order, nb::handle page_size, nb::handle cursor) {
  ListOptions options;
  read(where, "where", options.where);
  read(order, "order", options.order);
  read(page_size, "page_size", options.limit);
  read(cursor, "cursor", options.cursor);
  return page_of(run([&] { return scope.list(options); }));
}

nb::list related(const Scope& scope, nb::handle id, nb::handle type, nb::handle direction, nb::handle where, nb::handle page_size, Seq after) {
  const auto from = get<MemoryId>(id, "id");
  RelatedOptions options;
  read(type, "type", options.type);
  read(direction, "direction", options.direction);
  read(where, "where", options.where);
  read(page_size, "page_size", options.limit);
  options.after = after;
  return list_of(run([&] { return scope.related(from, options); }));
}

std::vector<Turn> turns_of(nb::handle messages) {
  std::vector<Turn> turns;
  std::size_t index = 0;
  for (const nb::handle message : items_of(messages, "messages")) read(message, Field(fmt::format("messages[{}]", index++)), turns.emplace_back());
  return turns;
}

void bind_session(nb::module_& m) {
  nb::class_<Session>(m, "_Session")
      .def("append", [](const Session& self, nb::handle message, nb::handle durability) {
        const auto turn = get<Turn>(message, "message");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.append(turn, options); });
      }, nb::arg("message"), nb::arg("durability").none())
      .def("append_many", [](const Session& self, nb::handle messages, nb::handle durability) {
        const std::vector<Turn> turns = turns_of(messages);
        const WriteOptions options = write_options(durability);
        nb::list ids;
        for (const MemoryId& id : run([&] { return self.append(turns, options); })) ids.append(to_python(id));
        return ids;
      }, nb::arg("messages"), nb::arg("durability").none(), nb::sig("def append_many(self, messages: object, durability: object | None) -> list[str]"))
      .def("window", [](const Session& self, nb::handle max_tokens, nb::handle max_turns) {
        WindowOptions options;
        read(max_tokens, "max_tokens", options.max_tokens);
        read(max_turns, "max_turns", options.max_turns);
        return list_of(run([&] { return self.window(options); }));
      }, nb::sig("def window(self, max_tokens: object, max_turns: object) -> list[Memory]"))
      .def("pop", [](const Session& self, nb::handle count, nb::handle durability) {
        const auto turns = get<std::size_t>(count, "count");
        const WriteOptions options = write_options(durability);
        return list_of(run([&] { return self.pop(turns, options); }));
      }, nb::arg("count"), nb::arg("durability").none(), nb::sig("def pop(self, count: object, durability: object | None) -> list[Memory]"))
      .def("size", [](const Session& self) { return run([&] { return self.size(); }); });
}

void bind_batch(nb::module_& m) {
  nb::class_<Batch>(m, "_Batch")
      .def(nb::init<>())
      .def("put", [](Batch& self, nb::handle fields) { self.put(input_of(fields)); })
      .def("update", [](Batch& self, nb::handle id, nb::handle fields, nb::handle if_version) {
        UpdateOptions options;
        if (!if_version.is_none()) read(if_version, "if_version", options.if_version);
        self.update(get<MemoryId>(id, "id"), get<MemoryChange>(fields, ""), options);
      }, nb::arg("id"), nb::arg("fields"), nb::arg("if_version").none())
      .def("forget", [](Batch& self, nb::handle id) { self.forget(get<MemoryId>(id, "id")); })
      .def("relate", [](Batch& self, nb::handle from, nb::handle type, nb::handle to, nb::handle metadata) {
        self.relate(get<MemoryId>(from, "source"), get<std::string>(type, "type"), get<MemoryId>(to, "target"), get<Json>(metadata, "metadata"));
      }, nb::arg("source"), nb::arg("type"), nb::arg("target"), nb::arg("metadata").none())
      .def("unrelate", [](Batch& self, nb::handle from, nb::handle type, nb::handle to) {
        self.unrelate(get<MemoryId>(from, "source"), get<std::string>(type, "type"), get<MemoryId>(to, "target"));
      })
      .def("__len__", &Batch::size);
}

}  // namespace

void bind_scope(nb::module_& m) {
  bind_session(m);
  bind_batch(m);
  nb::class_<Scope>(m, "_Scope")
      .def_prop_ro("namespace", [](const Scope& self) { return self.name(); })
      .def_prop_ro("options", [](const Scope& self) {
        const ScopeOptions& options = self.options();
        nb::dict shown;
        shown["user"] = to_python(options.user);
        shown["agent"] = to_python(options.agent);
        shown["session"] = to_python(options.session);
        shown["access"] = enum_member("Access", name_of(options.access));
        shown["reach"] = enum_member("Reach", name_of(options.reach));
        shown["where"] = to_python(options.where.to_json());
        shown["time_zone"] = to_python(options.time_zone);
        return shown;
      }, nb::for_getter(nb::sig("def options(self) -> dict[str, typing.Any]")))
      .def("narrow", [](const Scope& self, nb::handle fields) {
        const auto options = get<ScopeOptions>(fields, "");
        return run([&] { return self.narrow(options); });
      })
      .def("put", [](const Scope& self, nb::handle fields, nb::handle durability) {
        const MemoryInput input = input_of(fields);
        const WriteOptions options = write_options(durability);
        return run([&] { return self.put(input, options); });
      }, nb::arg("fields"), nb::arg("durability").none())
      .def("put_chunk", &put_chunk, nb::arg("items"), nb::arg("vectors").none(), nb::arg("space"), nb::arg("first"), nb::arg("durability").none(),
           nb::sig("def put_chunk(self, items: list[typing.Any], vectors: object | None, space: object, first: int, durability: object | None) -> list[str]"))
      .def("get", [](const Scope& self, nb::handle id, nb::handle vectors) {
        const auto target = get<MemoryId>(id, "id");
        const ReadOptions options{.vectors = get<bool>(vectors, "vectors")};
        return run([&] { return self.get(target, options); });
      })
      .def("get_by_key", [](const Scope& self, nb::handle layer, nb::handle key, nb::handle vectors) {
        const auto of = get<Layer>(layer, "layer");
        const auto name = get<std::string>(key, "key");
        const ReadOptions options{.vectors = get<bool>(vectors, "vectors")};
        return run([&] { return self.get(of, name, options); });
      })
      .def("update", [](const Scope& self, nb::handle id, nb::handle fields, nb::handle if_version, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        const auto change = get<MemoryChange>(fields, "");
        UpdateOptions options{.durability = write_options(durability).durability};
        if (!if_version.is_none()) read(if_version, "if_version", options.if_version);
        return run([&] { return self.update(target, change, options); });
      }, nb::arg("id"), nb::arg("fields"), nb::arg("if_version").none(), nb::arg("durability").none())
      .def("forget", [](const Scope& self, nb::handle id, nb::handle dry_run, nb::handle cascade, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        const ForgetOptions options = forget_options(dry_run, cascade, durability);
        return run([&] { return self.forget(target, options); });
      }, nb::arg("id"), nb::arg("dry_run"), nb::arg("cascade"), nb::arg("durability").none())
      .def("forget_where", [](const Scope& self, nb::handle where, nb::handle dry_run, nb::handle cascade, nb::handle durability) {
        const auto filter = get<Filter>(where, "where");
        const ForgetOptions options = forget_options(dry_run, cascade, durability);
        return run([&] { return self.forget(filter, options); });
      }, nb::arg("where"), nb::arg("dry_run"), nb::arg("cascade"), nb::arg("durability").none())
      .def("recover", [](const Scope& self, nb::handle id, nb::handle durability) {
        const auto target = get<MemoryId>(id, "id");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.recover(target, options); });
      }, nb::arg("id"), nb::arg("durability").none())
      .def("relate", [](const Scope& self, nb::handle from, nb::handle type, nb::handle to, nb::handle metadata, nb::handle durability) {
        const auto source = get<MemoryId>(from, "source");
        const auto name = get<std::string>(type, "type");
        const auto target = get<MemoryId>(to, "target");
        const auto data = get<Json>(metadata, "metadata");
        const WriteOptions options = write_options(durability);
        run([&] { return self.relate(source, name, target, data, options); });
      }, nb::arg("source"), nb::arg("type"), nb::arg("target"), nb::arg("metadata").none(), nb::arg("durability").none())
      .def("unrelate", [](const Scope& self, nb::handle from, nb::handle type, nb::handle to, nb::handle durability) {
        const auto source = get<MemoryId>(from, "source");
        const auto name = get<std::string>(type, "type");
        const auto target = get<MemoryId>(to, "target");
        const WriteOptions options = write_options(durability);
        run([&] { return self.unrelate(source, name, target, options); });
      }, nb::arg("source"), nb::arg("type"), nb::arg("target"), nb::arg("durability").none())
      .def("related", &related, nb::sig("def related(self, id: object, type: object, direction: object, where: object, page_size: object, after: int) -> list[Related]"))
      .def("write", [](const Scope& self, const Batch& given, nb::handle durability) {
        const Batch batch = given;  // another thread may go on adding to it
        const WriteOptions options = write_options(durability);
        return list_of(run([&] { return self.write(batch, options); }));
      }, nb::arg("batch"), nb::arg("durability").none(), nb::sig("def write(self, batch: _Batch, durability: object | None) -> list[Written]"))
      .def("page", &list, nb::sig("def page(self, where: object, order: object, page_size: object, cursor: object) -> tuple[list[Memory], str]"))
      .def("count", [](const Scope& self, nb::handle where) {
        const auto filter = get<Filter>(where, "where");
        return run([&] { return self.count(filter); });
      })
      .def("recall", [](const Scope& self, nb::handle fields) {
        const auto request = get<RecallRequest>(fields, "");
        return run([&] { return recall(self, request); });
      })
      .def("recall_many", &recall_many, nb::arg("texts").none(), nb::arg("vectors").none(), nb::arg("space"), nb::arg("fields"))
      .def("why", [](const Scope& self, nb::handle id, nb::handle fields) {
        const auto target = get<MemoryId>(id, "id");
        const auto request = get<RecallRequest>(fields, "");
        return run([&] { return why(self, target, request); });
      })
      .def("session", [](const Scope& self, nb::handle id) { return self.session(get<std::string>(id, "session")); })
      .def("sessions", [](const Scope& self) { return list_of(run([&] { return self.sessions(); })); },
           nb::sig("def sessions(self) -> list[SessionInfo]"))
      .def("episodes", [](const Scope& self) { return self.episodes(); })
      .def("facts", [](const Scope& self) { return self.facts(); })
      .def("skills", [](const Scope& self) { return self.skills(); });
}

}  // namespace mnemic::python
