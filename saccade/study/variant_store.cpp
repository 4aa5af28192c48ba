// Detections of many variants in a file.
#include "saccade/study/variant_store.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>

#include "saccade/core/error.h"

namespace saccade {
namespace {

static_assert(sizeof(StoredDetection) == 24);

constexpr char kMagic[] = "saccade variants 1\n";
constexpr std::uint32_t kRecordMagic = 0x31525653;  // "SVR1"
constexpr std::uint32_t kMaxDetections = 1u << 20;  // of a variant on an image

// Before each record's counts and detections.
struct RecordHead {
  std::uint32_t magic = kRecordMagic;
  std::int32_t image = 0;
  std::uint32_t variants = 0;
  std::uint32_t checksum = 0;    // CRC-32 of head and body
  std::uint64_t body_bytes = 0;  // counts [variants], then all detections
};
static_assert(sizeof(RecordHead) == 24);

template <typename T>
void append_bytes(std::string& to, const T* items, std::size_t count) {
  if (count > 0) to.append(reinterpret_cast<const char*>(items), count * sizeof(T));
}

CocoDetection detection_of(const StoredDetection& d, int image) {
  return {.image = image,
          .category = d.category,
          .score = d.score,
          .box = {d.x, d.y, d.width, d.height}};
}

}  // namespace

std::string to_bytes(const VariantRecord& record) {
  std::string body;
  for (const auto& found : record.variants) {
    const auto count = static_cast<std::uint32_t>(found.size());
    append_bytes(body, &count, 1);
  }
  for (const auto& found : record.variants) append_bytes(body, found.data(), found.size());
  RecordHead head{.image = record.image,
                  .variants = static_cast<std::uint32_t>(record.variants.size()),
                  .body_bytes = body.size()};
  head.checksum = checksum_of(head, body);
  std::string bytes;
  append_bytes(bytes, &head, 1);
  return bytes + body;
}

VariantStore::VariantStore(std::filesystem::path path, const std::string& description, int variants,
                           const CocoDataSet& data, bool replace_other)
    : RecordFile(std::move(path), "weights, images, units"), variants_(variants), data_(data) {
  open(text_of(kMagic, description.size(), " ", variants, "\n", description, "\n"), replace_other);
}

std::size_t VariantStore::take(std::string_view bytes, std::uint64_t offset) {
  RecordHead head;
  if (bytes.size() < sizeof head) return 0;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::size_t counts_bytes = sizeof(std::uint32_t) * static_cast<std::size_t>(variants_);
  if (head.magic != kRecordMagic || head.variants != static_cast<std::uint32_t>(variants_) ||
      head.body_bytes > bytes.size() - sizeof head || head.body_bytes < counts_bytes)
    return 0;
  const std::string_view body = bytes.substr(sizeof head, head.body_bytes);
  if (checksum_of(head, body) != head.checksum) return 0;
  if (head.image < 0 || head.image >= std::ssize(data_.images()) || has(head.image)) return 0;
  Entry entry{.image = head.image,
              .detections_at = offset + sizeof head + counts_bytes,
              .counts = std::vector<std::uint32_t>(static_cast<std::size_t>(variants_))};
  std::memcpy(entry.counts.data(), body.data(), counts_bytes);
  std::uint64_t total = 0;
  for (const std::uint32_t count : entry.counts) {
    if (count > kMaxDetections) return 0;
    total += count;
  }
  if (head.body_bytes != counts_bytes + total * sizeof(StoredDetection)) return 0;
  const auto place = std::lower_bound(entries_.begin(), entries_.end(), entry.image,
                                      [](const Entry& e, int image) { return e.image < image; });
  entries_.insert(place, std::move(entry));
  return sizeof head + head.body_bytes;
}

bool VariantStore::has(int image) const {
  return std::binary_search(entries_.begin(), entries_.end(), Entry{.image = image},
                            [](const Entry& a, const Entry& b) { return a.image < b.image; });
}

std::vector<int> VariantStore::images() const {
  std::vector<int> all;
  for (const Entry& entry : entries_) all.push_back(entry.image);
  return all;
}

CocoResults VariantStore::read(int variant) const {
  std::ifstream in(path_, std::ios::binary);
  CocoResults results;
  std::vector<StoredDetection> found;
  for (const Entry& entry : entries_) {
    const auto before =
        std::accumulate(entry.counts.begin(), entry.counts.begin() + variant, std::uint64_t{0});
    found.resize(entry.counts[static_cast<std::size_t>(variant)]);
    in.seekg(static_cast<std::streamoff>(entry.detections_at + before * sizeof(StoredDetection)));
    in.read(reinterpret_cast<char*>(found.data()),
            static_cast<std::streamsize>(found.size() * sizeof(StoredDetection)));
    if (!in) throw Error(text_of(path_.string(), ": cannot be read back; was it changed?"));
    for (const StoredDetection& d : found) {
      if (d.category < 0 || d.category >= std::ssize(data_.categories()))
        throw Error(text_of(path_.string(), ": is damaged; remove it and begin again"));
      results.detections.push_back(detection_of(d, entry.image));
    }
  }
  return results;
}

}  // namespace saccade
