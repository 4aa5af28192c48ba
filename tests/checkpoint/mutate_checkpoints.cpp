// mutate_checkpoints FOLDER [COUNT] [SEED]: changes the good files of a folder at random and reads
// them; whatever comes, only saccade::Error may be thrown. Meant for the sanitizer preset.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "saccade/checkpoint/cast_tensor.h"
#include "saccade/checkpoint/hf_names.h"
#include "saccade/checkpoint/pickle_writer.h"
#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/raw_tensor.h"
#include "saccade/checkpoint/unpickler.h"
#include "saccade/checkpoint/weights_file.h"
#include "saccade/checkpoint/zip_archive.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

// One to eight changes: a flipped bit, an interesting byte, a cut, an insertion, a copied stretch.
std::string mutated(std::string bytes, const std::string& other, Random& random) {
  static constexpr unsigned char kBytes[] = {0x00, 0xFF, 0x7F, 0x80, '(', '.', 'q',
                                             'R',  'b',  'Q',  'h',  'c', 'u', 't'};
  for (std::size_t changes = 1 + below(random, 8); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = below(random, bytes.size());
    const std::size_t length = 1 + below(random, 24);
    switch (below(random, 6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(kBytes[below(random, sizeof(kBytes))]);
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, other, below(random, other.size()), length);
        break;
      case 4:
        bytes.replace(at, std::min(length, bytes.size() - at),
                      bytes.substr(below(random, bytes.size()), length));
        break;
      default:
        if (below(random, 8) == 0) bytes.resize(at);
    }
  }
  return bytes;
}

// Does with the file what a user would: tree, weights, every element of every tensor, conversion.
bool survives(const std::string& bytes) {
  try {
    const auto span = std::as_bytes(std::span<const char>(bytes.data(), bytes.size()));
    const saccade::PickleTree tree = saccade::read_pth(span, nullptr, "mutation");
    for (const saccade::RawTensor& tensor : tree.tensors) {
      if (tensor.numel() < 1'000'000) saccade::contiguous_bytes(tensor);
    }
    const saccade::WeightsFile weights = saccade::weights_from_pickle(tree, "mutation");
    saccade::pickle_of(tree);
    saccade::hf_names_from_official(
        saccade::cast_floats(weights.tensors, saccade::DType::kFloat16));
    return true;
  } catch (const saccade::Error&) {
    return false;
  }
}

// The pickle inside a zip file, whose checksum would otherwise catch every mutation.
std::string pickle_of(const std::string& file) {
  const auto span = std::as_bytes(std::span<const char>(file.data(), file.size()));
  if (!saccade::looks_like_zip(span)) return "";
  const saccade::ZipArchive zip(span, "good");
  const auto pickle = zip.read(zip.find_in_root("data.pkl"));
  return {reinterpret_cast<const char*>(pickle.data()), pickle.size()};
}

// Unpickles, gives every storage the bytes it asks for (up to a bound) and checks the tensors.
bool pickle_survives(const std::string& bytes) {
  static const std::string data(1 << 16, 'x');
  const auto room = std::as_bytes(std::span<const char>(data.data(), data.size()));
  try {
    const auto span = std::as_bytes(std::span<const char>(bytes.data(), bytes.size()));
    const saccade::Unpickled read = saccade::unpickle(span, "mutation");
    for (const auto& storage : read.storages) *storage.storage = saccade::Storage{room, nullptr};
    saccade::check_tensors(read, "mutation");
    for (const saccade::RawTensor& tensor : read.tree.tensors) {
      if (tensor.numel() < 1'000'000) saccade::contiguous_bytes(tensor);
    }
    saccade::pickle_of(read.tree);
    return true;
  } catch (const saccade::Error&) {
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: mutate_checkpoints FOLDER [COUNT] [SEED]\n");
    return 2;
  }
  const long count = argc > 2 ? std::atol(argv[2]) : 100'000;
  Random random(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".pth") files.push_back(saccade::read_file(entry.path()));
  }
  std::vector<std::string> pickles;
  for (const std::string& file : files) {
    if (std::string pickle = pickle_of(file); !pickle.empty()) pickles.push_back(std::move(pickle));
  }
  long accepted = 0;
  for (long i = 0; i < count; ++i) {
    const bool whole = i % 2 == 0;
    const auto& from = whole ? files : pickles;
    const std::string bytes =
        mutated(from[below(random, from.size())], from[below(random, from.size())], random);
    accepted += whole ? survives(bytes) : pickle_survives(bytes);
  }
  std::printf("%ld mutations of %zu files: %ld accepted, %ld refused, no crash\n", count,
              files.size(), accepted, count - accepted);
  return 0;
}
