// SPDX-License-Identifier: Apache-2.0
// What the caller injects, written in Python: embedder, token counter, screen, planner, reranker, clock, log.
#pragma once

#include "values.hpp"

#include <mnemic/options.hpp>
#include <mnemic/recall.hpp>

#include <functional>
#include <memory>

namespace mnemic::python {

/// An object with `space` and `embed(texts, kind)`; see mnemic.Embedder.
std::shared_ptr<Embedder> make_embedder(nb::handle object);
/// `callable(text) -> int`
std::shared_ptr<TokenCounter> make_token_counter(nb::handle callable, Field field);
/// `callable(text, field)`; see mnemic.Screen.
std::shared_ptr<Screen> make_screen(nb::handle callable);
/// An object with `plan(text, hits, made)`; see mnemic.Planner.
std::shared_ptr<Planner> make_planner(nb::handle object);
/// An object with `score(query, texts)`; see mnemic.Reranker.
std::shared_ptr<Reranker> make_reranker(nb::handle object);
/// `callable() -> aware datetime`
std::shared_ptr<Clock> make_clock(nb::handle callable);
/// `callable(message)`
std::function<void(std::string_view)> make_log(nb::handle callable);

}  // namespace mnemic::python
