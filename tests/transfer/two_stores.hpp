// SPDX-License-Identifier: Apache-2.0
// Two stores, a file between them, and what a store says of itself in one text.
#pragma once

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test {

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline void spill(const std::filesystem::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// A store with a clock of its own, in a file of `dir` or in memory.
struct Place {
  explicit Place(std::uint64_t seed, const std::filesystem::path& path = ":memory:", Options options = {})
      : clock(std::make_shared<ManualClock>()), store(open(seed, path, std::move(options))), scope(store.scope({"acme", "ada"}).value()) {}

  Store open(std::uint64_t seed, const std::filesystem::path& path, Options options) const {
    options.clock = clock;
    options.random = seeded_random(seed);
    return Store::open(path, options).value();
  }
  [[nodiscard]] Admin admin() const { return store.admin(); }

  std::shared_ptr<ManualClock> clock;
  Store store;
  Scope scope;
};

/// A memory without what a store gives anew: seq numbers.
inline std::string portrait(const Memory& memory) {
  std::string text;
  for (const auto& [name, value] : to_json(memory).members()) {
    if (name != "seq_from" && name != "seq_to") text += name + "=" + (name == "content" ? memory.content.dump() : value.dump()) + " ";
  }
  return text;
}

struct PictureOptions {
  bool history = false;
  bool vectors = false;
};

/// Everything of a store that an export takes along, in one text. @param rename  namespaces as they are to be called
inline std::string picture(const Store& store, const PictureOptions& options = {}) {
  std::string all;
  for (const Namespace& name : store.admin().namespaces().value()) {
    const Scope scope = store.scope(name).value();
    for (std::string cursor;;) {
      const Page page = scope.list({.order = Order::kCreated, .limit = 500, .cursor = cursor}).value();
      for (const Memory& memory : page) {
        all += portrait(options.vectors ? store.admin().find(memory.id, {.vectors = true}).value() : memory) + "\n";
        if (options.history) {
          for (const Memory& version : store.admin().history(memory.id).value()) all += "  " + portrait(version) + "\n";
        }
        std::vector<std::string> links;
        for (const Related& related : scope.related(memory.id, {.limit = 1000}).value()) {
          const Relation& r = related.relation;
          links.push_back("  " + r.from.to_string() + r.type + r.to.to_string() + r.metadata.dump() + to_string(r.created_at) + "\n");
        }
        std::sort(links.begin(), links.end());
        for (const std::string& link : links) all += link;
      }
      if ((cursor = page.next).empty()) break;
    }
    for (const Attribute& attribute : scope.facts().attributes().value()) {
      all += name.to_string() + " " + attribute.name + " " + std::string(to_string(attribute.cardinality)) + "\n";
    }
  }
  for (const Grant& grant : store.admin().grants().value()) {
    all += grant.reader.to_string() + " reads " + grant.target.to_string() + " since " + to_string(grant.granted_at) + "\n";
  }
  return all;
}

inline Seq newest(const Store& store) { return store.stats().value().seq; }

}  // namespace mnemic::test
