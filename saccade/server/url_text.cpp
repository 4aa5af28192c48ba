// The target of a request.
#include "saccade/server/url_text.h"

#include <simdjson.h>

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxValues = 1000;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw UsageError("the address has a '%' that two hexadecimal digits do not follow");
}

std::string decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size())
        throw UsageError("the address has a '%' that two hexadecimal digits do not follow");
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  const bool has_control = std::any_of(out.begin(), out.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (has_control) throw UsageError("the address has a control character");
  if (!simdjson::validate_utf8(out)) throw UsageError("the address is no UTF-8");
  return out;
}

}  // namespace

UrlTarget parse_target(std::string_view target) {
  if (target.empty() || target[0] != '/')
    throw UsageError("expected an address that begins with '/'");
  const std::size_t question = target.find('?');
  UrlTarget url{.path = decoded(target.substr(0, question), false)};
  if (question == std::string_view::npos) return url;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    if (!part.empty())
      url.query.emplace_back(decoded(part.substr(0, equals), true),
                             decoded(part.substr(std::min(equals + 1, part.size())), true));
    if (url.query.size() > kMaxValues)
      throw UsageError(text_of("the address has more than ", kMaxValues, " values"));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return url;
}

std::string percent_encoded(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

}  // namespace saccade
