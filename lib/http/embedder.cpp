// SPDX-License-Identifier: Apache-2.0
// HttpEmbedder: the public class around EmbedCall.
#include "http/embed_call.hpp"
#include "http/embedder_options.hpp"
#include "http/guarded.hpp"
#include "http/transport.hpp"

#include <mnemic/http/embedder.hpp>

#include <utility>

namespace mnemic::http {

HttpEmbedder::HttpEmbedder(std::unique_ptr<HttpEmbedderImpl> impl) : impl_(std::move(impl)) {}
HttpEmbedder::~HttpEmbedder() = default;

Result<std::shared_ptr<HttpEmbedder>> HttpEmbedder::create(HttpEmbedderOptions options) {
  return guarded("http embedder", [&]() -> Result<std::shared_ptr<HttpEmbedder>> {
    if (Status status = start_curl(); !status.ok()) return status;
    if (Status status = check_options(options); !status.ok()) return status;
    Result<std::vector<Endpoint>> endpoints = endpoints_of(options);
    if (!endpoints) return endpoints.status();
    Result<EmbeddingSpace> space = space_of(options);
    if (!space) return space.status();
    auto impl = std::make_unique<HttpEmbedderImpl>(std::move(options), *std::move(endpoints), *std::move(space));
    return std::shared_ptr<HttpEmbedder>(new HttpEmbedder(std::move(impl)));
  });
}

const EmbeddingSpace& HttpEmbedder::space() const noexcept {
  return impl_->space;
}

Status HttpEmbedder::embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) {
  return guarded("embed", [&] { return EmbedCall(*impl_, kind).run(texts, out); });
}

HttpEmbedderStats HttpEmbedder::stats() const {
  HttpEmbedderStats stats{.endpoints = impl_->pool.stats(std::chrono::steady_clock::now()),
                          .retries = impl_->retries.load(std::memory_order_relaxed)};
  for (std::size_t i = 0; i < stats.endpoints.size(); ++i) stats.endpoints[i].authority = impl_->endpoints[i].authority;
  return stats;
}

}  // namespace mnemic::http
