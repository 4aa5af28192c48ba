// Rows of numbers in a file that grows.
#include "saccade/study/number_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

class NumberStoreTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  NumberStore open(const std::string& description = "study", std::size_t length = 3,
                   bool replace = false) {
    return {file_, description, length, replace};
  }

  const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "number_store";
  const std::filesystem::path file_ = folder_ / "faith.partial";
};

TEST_F(NumberStoreTest, GivesBackEveryBit) {
  const double odd = 0.1 + 0.2, none = std::numeric_limits<double>::quiet_NaN();
  open().append(row_bytes(4, {odd, -0.0, none}) + row_bytes(0, {1, 2, 3}));
  const NumberStore store = open();
  ASSERT_EQ(store.rows().size(), 2u);
  EXPECT_EQ(store.rows().at(4)[0], odd);
  EXPECT_TRUE(std::signbit(store.rows().at(4)[1]));
  EXPECT_TRUE(std::isnan(store.rows().at(4)[2]));
  EXPECT_EQ(store.rows().at(0), (std::vector<double>{1, 2, 3}));
}

// A row that was cut off is not there, and its place is written anew.
TEST_F(NumberStoreTest, GoesOnWhereItWasCutOff) {
  open().append(row_bytes(0, {1, 2, 3}) + row_bytes(1, {4, 5, 6}));
  const auto whole = std::filesystem::file_size(file_);
  std::filesystem::resize_file(file_, whole - 1);
  open().append(row_bytes(1, {4, 5, 6}));
  EXPECT_EQ(std::filesystem::file_size(file_), whole);
  EXPECT_EQ(open().rows().at(1), (std::vector<double>{4, 5, 6}));
  tell_fault("partial file of `faith`, cut off", 1, "the rows before the cut are kept");
}

TEST_F(NumberStoreTest, LeavesOutADamagedRowAndThoseBehindIt) {
  open().append(row_bytes(0, {1, 2, 3}) + row_bytes(1, {4, 5, 6}) + row_bytes(2, {7, 8, 9}));
  std::string bytes = read_file(file_);
  bytes[bytes.size() - row_bytes(2, {7, 8, 9}).size() - 5] ^= 1;  // in row 1
  write_file(file_, bytes);
  const NumberStore store = open();
  EXPECT_EQ(store.rows().size(), 1u);
  EXPECT_TRUE(store.rows().contains(0));
  tell_fault("partial file of `faith`, a bit of one row turned over", 1,
             "that row and those behind it are computed again");
}

TEST_F(NumberStoreTest, RefusesAnotherStudyUnlessItMayBeReplaced) {
  open().append(row_bytes(0, {1, 2, 3}));
  EXPECT_THROW(open("other"), Error);
  EXPECT_THROW(open("study", 4), Error);
  EXPECT_EQ(open().rows().size(), 1u);
  EXPECT_TRUE(open("other", 3, /*replace=*/true).rows().empty());
}

TEST_F(NumberStoreTest, RefusesWhatIsNoRowOrIsThereAlready) {
  NumberStore store = open();
  store.append(row_bytes(0, {1, 2, 3}));
  EXPECT_THROW(store.append(row_bytes(0, {1, 2, 3})), Error);
  EXPECT_THROW(store.append(row_bytes(1, {1, 2})), Error);
  EXPECT_THROW(store.append("nothing"), Error);
}

}  // namespace
}  // namespace saccade
