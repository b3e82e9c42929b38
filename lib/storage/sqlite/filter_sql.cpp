// SPDX-License-Identifier: Apache-2.0
// Compiles a filter. Every comparison is made 0 or 1 on its own, so that NOT never meets a NULL.
#include "storage/sqlite/filter_sql.hpp"

#include "core/error.hpp"
#include "core/filter_node.hpp"
#include "core/time.hpp"

namespace mnemic::storage {
namespace {

using core::FieldKind;
using Kind = Filter::Node::Kind;

std::string_view sql_op(Op op) {
  switch (op) {
    case Op::kGt: return " > ";
    case Op::kGte: return " >= ";
    case Op::kLt: return " < ";
    case Op::kLte: return " <= ";
    default: return " = ";
  }
}

/// The stored form of a value of a column.
Sql::Value stored(FieldKind kind, const Json& value) {
  switch (kind) {
    case FieldKind::kId: {
      const auto id = core::take(MemoryId::parse(value.as_string()));
      return Sql::Blob{std::string(reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size())};
    }
    case FieldKind::kLayer: return static_cast<std::int64_t>(core::take(parse_layer(value.as_string())));
    case FieldKind::kState: return static_cast<std::int64_t>(core::take(parse_state(value.as_string())));
    case FieldKind::kTrust: return static_cast<std::int64_t>(core::take(parse_trust(value.as_string())));
    case FieldKind::kTime: return core::to_micros(core::take(parse_time(value.as_string())));
    case FieldKind::kBool: return static_cast<std::int64_t>(value.as_bool());
    case FieldKind::kNumber:
      if (value.type() == Json::Type::kInteger) return value.as_integer();
      return value.as_double();
    default: return value.as_string();
  }
}

/// `expression` starts with the given bytes.
void add_prefix(Sql& sql, const Sql& expression, const std::string& prefix) {
  if (prefix.empty()) return sql.add("1");  // substr of an empty blob is NULL
  sql.add("(substr(CAST(");
  sql.append(expression);
  sql.add(" AS BLOB), 1, ");
  sql.value(static_cast<std::int64_t>(prefix.size()));
  sql.add(") = ");
  sql.value(Sql::Blob{prefix});
  sql.add(")");
}

/// One positive comparison of a column: eq, an order, or prefix.
void add_column(Sql& sql, const std::string& column, FieldKind kind, Op op, const Json& value) {
  if (op == Op::kPrefix) return add_prefix(sql, {"v." + column, {}}, value.as_string());
  sql.add("(v." + column + std::string(sql_op(op)));
  sql.value(stored(kind, value));
  sql.add(")");
}

void add_tag(Sql& sql, Op op, const Json& value) {
  sql.add("EXISTS (SELECT 1 FROM json_each(v.tags) AS tag WHERE ");
  if (op == Op::kPrefix) {
    add_prefix(sql, {"tag.value", {}}, value.as_string());
  } else {
    sql.add("tag.value = ");
    sql.value(value.as_string());
  }
  sql.add(")");
}

/// One positive comparison of a JSON value, given as its type and itself; values keep their JSON type.
void add_json(Sql& sql, const Sql& type, const Sql& itself, Op op, const Json& value) {
  const auto compare = [&](const Sql::Value& operand) {
    sql.append(itself);
    sql.add(sql_op(op));
    sql.value(operand);
  };
  sql.add("(");
  sql.append(type);
  if (value.is_null()) {
    sql.add(" = 'null'");
  } else if (value.is_bool()) {
    sql.add(value.as_bool() ? " = 'true'" : " = 'false'");
  } else if (value.is_number()) {
    sql.add(" IN ('integer', 'real') AND ");
    compare(stored(FieldKind::kNumber, value));
  } else {
    sql.add(" = 'text' AND ");
    op == Op::kPrefix ? add_prefix(sql, itself, value.as_string()) : compare(value.as_string());
  }
  sql.add(")");
}

/// One positive comparison of a metadata path, or of any item when it holds a list.
void add_metadata(Sql& sql, const std::string& path, Op op, const Json& value) {
  const auto of_path = [&path](const char* function) {
    Sql call;
    call.add(std::string(function) + "(v.metadata, ");
    call.value(path);
    call.add(")");
    return call;
  };
  const Sql type = of_path("json_type");
  sql.add("(");
  add_json(sql, type, of_path("json_extract"), op, value);
  sql.add(" OR (");
  sql.append(type);
  sql.add(" = 'array' AND EXISTS (SELECT 1 FROM ");
  sql.append(of_path("json_each"));
  sql.add(" AS item WHERE ");
  add_json(sql, {"item.type", {}}, {"item.value", {}}, op, value);
  sql.add(")))");
}

std::string json_path(std::string_view field) {
  std::string path = "$";
  for (const std::string& key : core::metadata_path(field)) path += ".\"" + key + "\"";
  return path;
}

void add_exists(Sql& sql, const Filter::Node& node, FieldKind kind) {
  if (kind == FieldKind::kMetadata) {
    sql.add("(json_type(v.metadata, ");
    sql.value(json_path(node.field));
    sql.add(") IS NOT NULL)");
  } else {
    sql.add("(v." + node.field + " IS NOT NULL)");
  }
}

/// Some value of `values` satisfies the positive operator `op`.
void add_any(Sql& sql, const Filter::Node& node, FieldKind kind, Op op, const std::vector<Json>& values) {
  sql.add("COALESCE((0");
  for (const Json& value : values) {
    sql.add(" OR ");
    if (kind == FieldKind::kTags) {
      add_tag(sql, op, value);
    } else if (kind == FieldKind::kMetadata) {
      add_metadata(sql, json_path(node.field), op, value);
    } else {
      add_column(sql, node.field, kind, op, value);
    }
  }
  sql.add("), 0)");
}

void add_compare(Sql& sql, const Filter::Node& node) {
  const FieldKind kind = core::field_kind(node.field);
  const bool negative =
      node.op == Op::kNe || node.op == Op::kNotIn || (node.op == Op::kExists && !node.value.as_bool());
  if (negative) sql.add("(NOT ");
  if (node.op == Op::kExists) {
    add_exists(sql, node, kind);
  } else if (node.op == Op::kIn || node.op == Op::kNotIn) {
    add_any(sql, node, kind, Op::kEq, node.value.items());
  } else {
    add_any(sql, node, kind, node.op == Op::kNe ? Op::kEq : node.op, {node.value});
  }
  if (negative) sql.add(")");
}

void add_node(Sql& sql, const Filter::Node& node) {
  if (node.kind == Kind::kCompare) return add_compare(sql, node);
  if (node.kind == Kind::kNot) {
    sql.add("(NOT ");
    add_node(sql, *node.children.front());
    return sql.add(")");
  }
  sql.add(node.kind == Kind::kAnd ? "(1" : "(0");
  for (const auto& child : node.children) {
    sql.add(node.kind == Kind::kAnd ? " AND " : " OR ");
    add_node(sql, *child);
  }
  sql.add(")");
}

}  // namespace

Statement Sql::prepare(Connection& connection) const {
  Statement statement = connection.prepare(text);
  bind_to(statement);
  return statement;
}

void Sql::bind_to(Statement& statement) const {
  for (const Value& value : values) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      statement.bind(*integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      statement.bind(*real);
    } else if (const auto* string = std::get_if<std::string>(&value)) {
      statement.bind_text(*string);
    } else {
      statement.bind_blob(std::get<Blob>(value).bytes);
    }
  }
}

Sql filter_sql(const Filter& filter) {
  core::take(filter.check());
  Sql sql;
  add_node(sql, filter.node());
  return sql;
}

}  // namespace mnemic::storage
