// SPDX-License-Identifier: Apache-2.0
// encoder_bench MODEL LINES THREADS: embeds the lines of a file whenever it is told to on its standard input, and says how long
// that took; encoder_peers.py talks to it. "batch": all lines in one call. "single": a call for each. "vectors FILE": writes
// their vectors as float32, row by row. Answers with seconds, one number a line.
#include <mnemic/encoder/transformer.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: encoder_bench MODEL LINES THREADS\n";
    return 64;
  }
  const auto threads = static_cast<std::size_t>(std::strtoul(argv[3], nullptr, 10));
  const auto loading = std::chrono::steady_clock::now();
  const auto embedder = mnemic::encoder::transformer_embedder(argv[1], {.threads = threads});
  if (!embedder) {
    std::cerr << embedder.status().to_string() << '\n';
    return 1;
  }
  const auto seconds_since = [](std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::cout << seconds_since(loading) << std::endl;

  std::ifstream file(argv[2]);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  const std::size_t dimension = (*embedder)->space().dimension;
  std::vector<float> vectors(texts.size() * dimension);

  const std::string write = "vectors ";
  for (std::string command; std::getline(std::cin, command);) {
    const std::size_t at_once = command == "single" ? 1 : texts.size();
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < texts.size(); i += at_once) {
      const mnemic::Status status =
          (*embedder)->embed(std::span(texts).subspan(i, at_once), mnemic::EmbedKind::kPassage,
                             std::span(vectors).subspan(i * dimension, at_once * dimension));
      if (!status.ok()) {
        std::cerr << status.to_string() << '\n';
        return 1;
      }
    }
    const double seconds = seconds_since(start);
    if (command.starts_with(write)) {
      std::ofstream out(command.substr(write.size()), std::ios::binary);
      out.write(reinterpret_cast<const char*>(vectors.data()), static_cast<std::streamsize>(vectors.size() * sizeof(float)));
    }
    std::cout << seconds << std::endl;
  }
}
