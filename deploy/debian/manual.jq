# Manual pages from what `emofarm --experimental-dump-help` prints: a page for each command, after a line that begins with
# an unprintable character (U+0001) and names it. Arguments: $version, $date, $footer (roff for the end of each page).

# Text as roff: nothing in it is an instruction, and a dash is a dash that can be copied.
def roff: gsub("\\\\"; "\\e") | gsub("-"; "\\-");
def line: roff | if test("^[.']") then "\\&" + . else . end;

# Paragraphs, separated by blank lines; indented lines are examples and keep their line breaks.
def paragraphs:
  [foreach (split("\n")[], null) as $text ({verbatim: false, out: []};
    .out = []
    | if $text == null then (if .verbatim then .out = [".EE"] else . end)
      elif $text | test("^\\s+\\S") then
        (if .verbatim then . else .out = [".PP", ".EX"] end) | .verbatim = true | .out += [$text | line]
      else
        (if .verbatim then .out = [".EE"] else . end) | .verbatim = false
        | .out += [if $text | test("^\\s*$") then ".PP" else $text | line end]
      end;
    .out[])] | join("\n");

def spelt: if .kind == "short" or .kind == "longWithSingleDash" then "-" + .name else "--" + .name end;
def value: "\\fI" + ((.valueName // "value") | roff) + "\\fR";
def heading:
  if .kind == "positional" then value
  else
    . as $argument
    | ([.names[] | "\\fB" + (spelt | roff) + "\\fR"] | join(", "))
      + (if .kind == "option" then " " + ($argument | value) else "" end)
  end;
def described:
  [ ".TP", heading,
    ((.abstract // "") | line),
    (if (.allValues // []) | length > 0 then "Values: " + ([.allValues[] | roff] | join(", ")) + "." else empty end),
    (if .defaultValue then "Default: " + (.defaultValue | roff) + "." else empty end),
    (if .discussion then .discussion | paragraphs else empty end) ] | join("\n");

# As in the usage line of --help: what must be given is spelt out, the rest are options.
def usage:
  [ (if any(.kind != "positional" and .isOptional) then "[\\fIoptions\\fR]" else empty end),
    (.[] | select(.kind != "positional" and (.isOptional | not)) | "\\fB" + (.preferredName | spelt | roff) + "\\fR " + value),
    (.[] | select(.kind == "positional")
      | (value + (if .isRepeating then " ..." else "" end)) as $value
      | if .isOptional then "[" + $value + "]" else $value end) ] | join(" ");

def page($ancestors):
  ($ancestors + [.commandName]) as $words
  | [(.arguments // [])[] | select(.shouldDisplay)] as $arguments
  | [(.subcommands // [])[] | select(.shouldDisplay and .commandName != "help")] as $commands
  | ($words | join("-")) as $name
  | "\u0001" + $name,
    ".TH " + ($name | ascii_upcase | roff) + " 1 \"" + $date + "\" \"" + ($version | roff) + "\" \"EmoFarm\"",
    ".SH NAME", ($name | roff) + " \\- " + ((.abstract // "") | rtrimstr(".") | roff),
    ".SH SYNOPSIS", "\\fB" + ($words | join(" ") | roff) + "\\fR"
      + (if ($commands | length) == 0 then ""
        elif any($arguments[]; .preferredName.name | . != "version" and . != "help") then " [\\fIcommand\\fR ...]"
        else " \\fIcommand\\fR ..." end)
      + " " + ($arguments | usage),
    (if .discussion then ".SH DESCRIPTION", (.discussion | paragraphs) else empty end),
    ([$arguments[] | select(.kind == "positional")] | select(length > 0) | ".SH ARGUMENTS", (.[] | described)),
    ([$arguments[] | select(.kind != "positional")] | group_by(.sectionTitle // "Options")
      | sort_by(.[0].sectionTitle != null)[]
      | ".SH " + ((.[0].sectionTitle // "Options") | ascii_upcase | roff), (.[] | described)),
    (select($commands | length > 0) | ".SH COMMANDS", ($commands[]
      | ".TP", "\\fB" + ($words + [.commandName] | join("-") | roff) + "\\fR(1)", ((.abstract // "") | line))),
    $footer,
    ".SH SEE ALSO",
    ([ ($ancestors | select(length > 0) | join("-")),
      (if $words[0] == "emofarm" then "emofarmd" else "emofarm" end) ]
      | unique | map(select(. != $name) | "\\fB" + roff + "\\fR(1)") | join(", ")),
    ($commands[] | page($words));

.command | page([])
