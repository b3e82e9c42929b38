// SPDX-License-Identifier: Apache-2.0
// The library's rerankers, as mnemic.rerankers makes them.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"

#include <nanobind/stl/shared_ptr.h>

#include <memory>

namespace mnemic::python {
namespace {

/// Knows the Python object behind its embedder, to which it has the only reference of the library.
class ByEmbedding final : public Reranker {
 public:
  ByEmbedding(nb::handle given, std::shared_ptr<Embedder> embedder)
      : reranker_(embedding_reranker(std::move(embedder))), python_(nb::inst_check(given) ? nb::handle() : given) {}
  Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) override {
    return reranker_->score(query, texts);
  }
  /// Not valid for an embedder of the library's own, which refers to nothing.
  [[nodiscard]] nb::handle python() const { return python_; }

 private:
  std::shared_ptr<Reranker> reranker_;
  nb::handle python_;
};

std::shared_ptr<Reranker> by_embedding(nb::handle embedder) {
  return std::make_shared<ByEmbedding>(embedder, get<std::shared_ptr<Embedder>>(embedder, "embedder"));
}

std::shared_ptr<Reranker> late_interaction() {
  if (auto reranker = late_interaction_reranker()) return reranker;
  raise({StatusCode::kUnsupported, "late_interaction: this build is without the table of words (MNEMIC_STATIC_TABLE)"});
}

nb::list score(Reranker& reranker, nb::handle query, nb::handle texts) {
  const auto asked = get<std::string>(query, "query");
  const auto held = get<std::vector<std::string>>(texts, "texts");
  const std::vector<std::string_view> views(held.begin(), held.end());
  nb::list scores;
  if (views.empty()) return scores;
  for (const double one : run([&]() -> Result<std::vector<double>> {
         try {
           return reranker.score(asked, views);
         } catch (const std::exception& error) {  // of an embedder in Python
           return Status(StatusCode::kInternal, error.what());
         }
       })) {
    scores.append(one);
  }
  return scores;
}

/// The garbage collector sees the embedder, which may hold its reranker.
int visit_reranker(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  const auto* by_embedding = dynamic_cast<const ByEmbedding*>(nb::inst_ptr<Reranker>(self));
  if (by_embedding != nullptr) Py_VISIT(by_embedding->python().ptr());
  return 0;
}

PyType_Slot reranker_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(&visit_reranker)}, {0, nullptr}};

}  // namespace

void bind_rerankers(nb::module_& m) {
  nb::class_<Reranker>(m, "NativeReranker", nb::type_slots(reranker_slots), "A reranker of the library's own: it runs without the GIL, which an embedder in Python takes.")
      .def("score", &score, nb::arg("query"), nb::arg("texts"),
           nb::sig("def score(self, query: str, texts: collections.abc.Sequence[str]) -> list[float]"),
           "How well each text answers the query: higher is better.")
      .def("__repr__", [](const Reranker&) { return "<NativeReranker>"; });
  m.def("_late_interaction", &late_interaction);
  m.def("_by_embedding", &by_embedding, nb::arg("embedder"), nb::sig("def _by_embedding(embedder: object) -> NativeReranker"));
}

}  // namespace mnemic::python
