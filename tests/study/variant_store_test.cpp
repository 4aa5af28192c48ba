// Detections of many variants in a file that grows.
#include "saccade/study/variant_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/eval/tiny_sets.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

class VariantStoreTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Variant v finds v + image detections of category v.
  static VariantRecord record(int image, int variants = 3) {
    VariantRecord record{.image = image};
    for (int v = 0; v < variants; ++v) {
      std::vector<StoredDetection> found;
      for (int d = 0; d < v + image; ++d)
        found.push_back({0.5F - 0.01F * static_cast<float>(d), 1, 2, 3, 4, v});
      record.variants.push_back(found);
    }
    return record;
  }

  VariantStore open(const std::string& description = "study", int variants = 3,
                    bool replace = false) {
    return {file_, description, variants, data_, replace};
  }

  const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "variant_store";
  const std::filesystem::path file_ = folder_ / "sweep.partial";
  const CocoDataSet data_ = tiny_set(5, 3, {});
};

TEST_F(VariantStoreTest, GivesBackWhatEachVariantFoundByImage) {
  VariantStore store = open();
  store.append(to_bytes(record(4)) + to_bytes(record(1)));
  store.append(to_bytes(record(0)));
  EXPECT_EQ(store.images(), (std::vector<int>{0, 1, 4}));
  const CocoResults found = store.read(2);
  ASSERT_EQ(found.detections.size(), 2u + 3u + 6u);
  EXPECT_EQ(found.detections[0].image, 0);
  EXPECT_EQ(found.detections[2].image, 1);
  EXPECT_EQ(found.detections[10].image, 4);
  EXPECT_EQ(found.detections[10].category, 2);
  EXPECT_EQ(found.detections[10].score, 0.45F);
  EXPECT_EQ(found.detections[10].box.height, 4);
  EXPECT_EQ(store.read(0).detections.size(), 0u + 1u + 4u);
}

TEST_F(VariantStoreTest, GoesOnWhereItWasCutOff) {
  open().append(to_bytes(record(2)) + to_bytes(record(3)));
  const auto whole = std::filesystem::file_size(file_);
  std::filesystem::resize_file(file_, whole - 7);  // as a killed process leaves it
  VariantStore again = open();
  EXPECT_EQ(again.images(), (std::vector<int>{2}));
  again.append(to_bytes(record(3)));
  EXPECT_EQ(std::filesystem::file_size(file_), whole);
  EXPECT_EQ(open().read(1).detections.size(), 3u + 4u);
  tell_fault("partial file of a sweep, cut off", 1, "the images before the cut are kept");
}

TEST_F(VariantStoreTest, ADamagedRecordIsRunAgain) {
  open().append(to_bytes(record(1)) + to_bytes(record(2)) + to_bytes(record(3)));
  std::string bytes = read_file(file_);
  bytes[bytes.size() - to_bytes(record(3)).size() - 5] ^= 1;  // in the record of image 2
  write_file(file_, bytes);
  EXPECT_EQ(open().images(), (std::vector<int>{1}));
  tell_fault("partial file of a sweep, a bit of one record turned over", 1,
             "that image and those behind it are run again");
}

TEST_F(VariantStoreTest, AFileOfAnotherStudyIsRefusedOrReplaced) {
  open().append(to_bytes(record(1)));
  EXPECT_THROW(open("other"), Error);
  EXPECT_THROW(open("study", 4), Error);
  EXPECT_EQ(open().images().size(), 1u);  // still there
  EXPECT_TRUE(open("other", 3, true).images().empty());
}

TEST_F(VariantStoreTest, RecordsOfAFaultyRankAreRefused) {
  VariantStore store = open();
  store.append(to_bytes(record(1)));
  EXPECT_THROW(store.append(to_bytes(record(1))), Error);     // there already
  EXPECT_THROW(store.append(to_bytes(record(5))), Error);     // no such image
  EXPECT_THROW(store.append(to_bytes(record(2, 2))), Error);  // other variants
  EXPECT_THROW(store.append("rubbish"), Error);
}

// Any byte of a file may be wrong: what is read is whole records or an error, never something else.
TEST_F(VariantStoreTest, NoDamageGetsThrough) {
  open().append(to_bytes(record(1)) + to_bytes(record(2)));
  const std::string whole = read_file(file_);
  std::int64_t tries = 0;
  for (std::size_t at = 0; at < whole.size(); at += 3, ++tries) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    write_file(file_, bytes);
    try {
      const VariantStore store = open();
      for (const int image : store.images()) EXPECT_TRUE(image == 1 || image == 2) << at;
      for (const CocoDetection& d : store.read(2).detections) EXPECT_EQ(d.category, 2) << at;
    } catch (const Error&) {
    }
  }
  tell_fault("partial file of a sweep, a bit turned over anywhere", tries,
             "whole records or an error, never something else");
}

}  // namespace
}  // namespace saccade
