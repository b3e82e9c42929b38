// SPDX-License-Identifier: Apache-2.0
#include "transfer/manifest.hpp"

#include "core/error.hpp"
#include "transfer/fields.hpp"

namespace mnemic::transfer {
namespace {

using core::fail;

Json space_json(const EmbeddingSpace& space) {
  return Json::object({{"name", space.name},
                       {"version", space.version},
                       {"dimension", static_cast<std::uint64_t>(space.dimension)},
                       {"normalized", space.normalized},
                       {"query_prefix", space.query_prefix},
                       {"passage_prefix", space.passage_prefix}});
}

EmbeddingSpace to_space(const Json& json) {
  Fields fields(json);
  EmbeddingSpace space;
  space.name = fields.required_text("name");
  space.version = fields.text("version");
  space.dimension = fields.count("dimension");
  space.normalized = fields.flag("normalized");
  space.query_prefix = fields.text("query_prefix");
  space.passage_prefix = fields.text("passage_prefix");
  fields.end();
  return space;
}

template <typename T, typename ToJson>
Json list(const std::vector<T>& values, ToJson to_json) {
  std::vector<Json> items;
  for (const T& value : values) items.push_back(to_json(value));
  return Json::array(items);
}

}  // namespace

std::string to_line(const Manifest& m) {
  return Json::object({{"kind", "manifest"},
                       {"format", kFormat},
                       {"version", kFormatVersion},
                       {"library", m.library},
                       {"created_at", time_json(m.created_at)},
                       {"seq", m.seq},
                       {"since", m.since},
                       {"namespaces", list(m.namespaces, [](const Namespace& name) { return Json(name.to_string()); })},
                       {"layers", list(m.layers, [](Layer layer) { return Json(to_string(layer)); })},
                       {"where", m.where},
                       {"vectors", m.vectors},
                       {"history", m.history},
                       {"language", m.language},
                       {"tokenizer", m.tokenizer},
                       {"spaces", list(m.spaces, space_json)}})
      .dump();
}

Manifest to_manifest(const Json& line) {
  Fields fields(line);
  if (fields.text("kind") != "manifest" || fields.text("format") != kFormat) {
    fail(StatusCode::kInvalidArgument, "not the manifest of a {}", kFormat);
  }
  const std::uint64_t version = fields.count("version");
  if (version == 0 || version > static_cast<std::uint64_t>(kFormatVersion)) {
    fail(StatusCode::kUnsupported, "version {} of the format; this library reads {}", version, kFormatVersion);
  }
  Manifest m;
  m.library = fields.text("library");
  m.created_at = fields.time("created_at");
  m.seq = fields.count("seq");
  m.since = fields.count("since");
  for (const std::string& name : fields.texts("namespaces")) m.namespaces.push_back(core::take(Namespace::parse(name)));
  for (const std::string& name : fields.texts("layers")) m.layers.push_back(core::take(parse_layer(name)));
  m.where = fields.take("where");
  m.vectors = fields.flag("vectors");
  m.history = fields.flag("history");
  m.language = fields.text("language");
  m.tokenizer = fields.text("tokenizer");
  for (const Json& space : fields.require("spaces").items()) m.spaces.push_back(to_space(space));
  fields.end();
  return m;
}

std::string to_line(const Trailer& trailer) {
  return Json::object({{"kind", "end"}, {"lines", trailer.lines}, {"bytes", trailer.bytes}, {"xxh3_128", trailer.hash}}).dump();
}

Trailer to_trailer(const Json& line) {
  Fields fields(line);
  (void)fields.take("kind");
  Trailer trailer{fields.count("lines"), fields.count("bytes"), fields.required_text("xxh3_128")};
  fields.end();
  return trailer;
}

}  // namespace mnemic::transfer
