// SPDX-License-Identifier: Apache-2.0
// The library's embedders, as mnemic.embedders makes them.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#ifdef MNEMIC_PYTHON_ENCODER
#include <mnemic/encoder/transformer.hpp>
#endif
#ifdef MNEMIC_PYTHON_HTTP
#include <mnemic/http/embedder.hpp>
#endif

#include <nanobind/stl/shared_ptr.h>

#include <memory>

#ifndef MNEMIC_PYTHON_HTTP
// What the classes below are made of where mnemic::http is not built: nobody gets one.
namespace mnemic::http {
struct EndpointStats {
  std::string authority;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  std::size_t in_flight = 0;
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds not_before{0};
};
struct HttpEmbedderStats {
  std::vector<EndpointStats> endpoints;
  std::uint64_t retries = 0;
};
class HttpEmbedder : public Embedder {
 public:
  [[nodiscard]] HttpEmbedderStats stats() const { return {}; }
};
}  // namespace mnemic::http
#endif

namespace mnemic::python {
namespace {

/// Shape (n, d): the texts embedded.
nb::object embed(Embedder& embedder, nb::handle texts, nb::handle kind) {
  const auto held = get<std::vector<std::string>>(texts, "texts");
  const auto name = get<std::string>(kind, "kind");
  if (name != "query" && name != "passage") raise_value("kind: not one of passage, query");
  const std::vector<std::string_view> views(held.begin(), held.end());
  const std::size_t dimension = embedder.space().dimension;
  std::vector<float> rows(views.size() * dimension);
  const auto embed_kind = name == "query" ? EmbedKind::kQuery : EmbedKind::kPassage;
  run([&] { return embedder.embed(views, embed_kind, rows); });
  return array_of(std::move(rows), {views.size(), dimension});
}

#ifdef MNEMIC_PYTHON_ENCODER
std::shared_ptr<Embedder> transformer_embedder(nb::handle directory, nb::handle given) {
  const std::filesystem::path path = path_of(directory, "directory");
  encoder::TransformerOptions options;
  std::optional<std::string> pooling;
  Fields fields(given, "");
  fields.take("name", options.name);
  fields.take("version", options.version);
  fields.take("pooling", pooling);
  fields.take("query_prefix", options.query_prefix);
  fields.take("passage_prefix", options.passage_prefix);
  fields.take("max_tokens", options.max_tokens);
  fields.take("threads", options.threads);
  fields.finish();
  if (pooling) {
    if (*pooling != "mean" && *pooling != "cls") raise_value("pooling: not one of mean, cls");
    options.pooling = *pooling == "mean" ? encoder::Pooling::kMean : encoder::Pooling::kCls;
  }
  return run([&] { return encoder::transformer_embedder(path, options); });
}
#else
std::shared_ptr<Embedder> transformer_embedder(nb::handle, nb::handle) {
  raise({StatusCode::kUnsupported, "transformer_embedder: this build is without mnemic::encoder (MNEMIC_BUILD_ENCODER)"});
}
#endif

#ifdef MNEMIC_PYTHON_HTTP
std::shared_ptr<http::HttpEmbedder> http_embedder(nb::handle given) {
  http::HttpEmbedderOptions options;
  std::string plain_key = "loopback_only";
  Fields fields(given, "");
  fields.take("urls", options.urls);
  fields.take("model", options.model);
  fields.take("dimension", options.dimension);
  fields.take("api_key", options.api_key);
  fields.take("plain_key", plain_key);
  fields.take("send_dimension", options.send_dimension);
  fields.take("space_name", options.space_name);
  fields.take("space_version", options.space_version);
  fields.take("query_prefix", options.query_prefix);
  fields.take("passage_prefix", options.passage_prefix);
  fields.take("max_request_texts", options.max_request_texts);
  fields.take("max_request_bytes", options.max_request_bytes);
  fields.take("max_reply_bytes", options.max_reply_bytes);
  fields.take("connect_timeout", options.connect_timeout);
  fields.take("stall_timeout", options.stall_timeout);
  fields.take("request_timeout", options.request_timeout);
  fields.take("timeout", options.timeout);
  fields.take("retries", options.retries);
  fields.take("backoff_base", options.backoff_base);
  fields.take("backoff_max", options.backoff_max);
  fields.take("rest_after", options.rest_after);
  fields.take("rest_base", options.rest_base);
  fields.take("rest_max", options.rest_max);
  fields.take("ca_file", options.ca_file);
  fields.finish();
  if (plain_key != "loopback_only" && plain_key != "anywhere") raise_value("plain_key: not one of loopback_only, anywhere");
  if (plain_key == "anywhere") options.plain_key = http::PlainKey::kAnywhere;
  return run([&] { return http::HttpEmbedder::create(std::move(options)); });
}
#else
std::shared_ptr<http::HttpEmbedder> http_embedder(nb::handle) {
  raise({StatusCode::kUnsupported, "http_embedder: this build is without mnemic::http (MNEMIC_BUILD_HTTP), as published wheels are; "
                                   "give open() an object of your own that asks the server"});
}
#endif

}  // namespace

void bind_embedders(nb::module_& m) {
  nb::class_<EmbeddingSpace>(m, "_Space")
      .def_ro("name", &EmbeddingSpace::name)
      .def_ro("version", &EmbeddingSpace::version)
      .def_ro("dimension", &EmbeddingSpace::dimension)
      .def_ro("normalized", &EmbeddingSpace::normalized)
      .def_ro("query_prefix", &EmbeddingSpace::query_prefix)
      .def_ro("passage_prefix", &EmbeddingSpace::passage_prefix);

  nb::class_<Embedder>(m, "NativeEmbedder", "An embedder of the library's own: it runs without the GIL.")
      .def_prop_ro("space", &Embedder::space, nb::rv_policy::copy, "What its vectors mean: name, version and dimension.")
      .def("embed", &embed, nb::arg("texts"), nb::arg("kind") = "passage",
           nb::sig("def embed(self, texts: collections.abc.Sequence[str], kind: str = 'passage') -> numpy.typing.NDArray[numpy.float32]"),
           "Shape (n, d), float32: one row for each text. kind: \"passage\" or \"query\".")
      .def("__repr__", [](const Embedder& e) { return fmt::format("<NativeEmbedder {} {} dimensions>", e.space().name, e.space().dimension); });
  m.def("default_embedder", &default_embedder, "The default of open: the static one, or the hashed one in a build without its table.");
  m.def("static_embedder", &static_embedder, nb::sig("def static_embedder() -> NativeEmbedder | None"),
        "Meaning from a table of token vectors, 256 dimensions, English. None in a build without the table.");
  m.def("hashed_embedder", &hashed_embedder, "No model: signed feature hashing of words and character n-grams, 384 dimensions.");
  m.def("_transformer_embedder", &transformer_embedder, nb::arg("directory"), nb::arg("options"),
        nb::sig("def _transformer_embedder(directory: object, options: object) -> NativeEmbedder"));

  nb::class_<http::EndpointStats>(m, "EndpointStats", "One endpoint since the embedder was made.")
      .def_ro("authority", &http::EndpointStats::authority, "\"host:port\".")
      .def_ro("requests", &http::EndpointStats::requests, "Sent and ended.")
      .def_ro("failures", &http::EndpointStats::failures, "Those that gave no vectors, whatever the reason.")
      .def_ro("in_flight", &http::EndpointStats::in_flight, "Under way now.")
      .def_ro("latency", &http::EndpointStats::latency, "Of recent requests, as a moving average; 0 before the first.")
      .def_ro("not_before", &http::EndpointStats::not_before, "How much longer nothing is sent to it: it rests, or said Retry-After.")
      .def("__repr__", [](const http::EndpointStats& e) {
        return fmt::format("<EndpointStats {}, {} requests, {} failures>", e.authority, e.requests, e.failures);
      });
  nb::class_<http::HttpEmbedderStats>(m, "HttpEmbedderStats", "What an HttpEmbedder did so far.")
      .def_prop_ro("endpoints", [](nb::handle_t<http::HttpEmbedderStats> self) {
        return tuple_over(nb::cast<const http::HttpEmbedderStats&>(self).endpoints, self);
      }, nb::for_getter(nb::sig("def endpoints(self) -> tuple[EndpointStats, ...]")), "In the order of the urls.")
      .def_ro("retries", &http::HttpEmbedderStats::retries, "Requests that repeated one that had failed.")
      .def("__repr__", [](const http::HttpEmbedderStats& s) {
        return fmt::format("<HttpEmbedderStats {} endpoints, {} retries>", s.endpoints.size(), s.retries);
      });
  nb::class_<http::HttpEmbedder, Embedder>(m, "HttpEmbedder", "Vectors from OpenAI-compatible embeddings endpoints; see mnemic.embedders.http_embedder.")
      .def("stats", &http::HttpEmbedder::stats, nb::sig("def stats(self) -> HttpEmbedderStats"), "What happened so far, for a dashboard or a health check.")
      .def("__repr__", [](const http::HttpEmbedder& e) { return fmt::format("<HttpEmbedder {} {} dimensions>", e.space().name, e.space().dimension); });
  m.def("_http_embedder", &http_embedder, nb::arg("options"), nb::sig("def _http_embedder(options: object) -> HttpEmbedder"));

  nb::class_<Reembedding>(m, "Reembedding", "A move from one embedder to another that is under way.")
      .def_prop_ro("source", [](const Reembedding& r) { return r.from.name.empty() ? nb::none() : nb::cast(r.from); },
                   nb::for_getter(nb::sig("def source(self) -> _Space | None")), "The space that recall goes by; None: none.")
      .def_ro("target", &Reembedding::to, "The space that it moves to.")
      .def_ro("total", &Reembedding::total, "Current memories with text.")
      .def_ro("missing", &Reembedding::missing, "Those of them without a vector in the target. Texts that have none in it stay so, and hold nothing up.")
      .def_ro("dead", &Reembedding::dead, "Jobs that failed for good, which hold the switch up: Jobs.retry them.")
      .def("__repr__", [](const Reembedding& r) {
        return fmt::format("<Reembedding to {}, {} of {} missing, {} dead>", r.to.name, r.missing, r.total, r.dead);
      });
}

}  // namespace mnemic::python
