# How figures are written for people.

def fixed($digits): if . == null then "–" else
    (. * pow(10; $digits) | round) as $n
    | if $digits == 0 then ($n | tostring) else
        ($n | fabs | tostring) as $s
        | ("0" * ([$digits + 1 - ($s | length), 0] | max) // "") + $s
        | (if $n < 0 then "-" else "" end) + .[:-$digits] + "." + .[-$digits:]
      end
    end;
def padding($width): (" " * ([$width - length, 0] | max)) // "";
def left($width): . + padding($width);
def right($width): padding($width) + .;

# Rows of cells, the first cell of each to the left, the others to the right.
def aligned:
    (map(length) | max) as $columns
    | [range($columns) as $i | map(.[$i] // "" | length) | max] as $widths
    | map(. as $row | [range($row | length) as $i
        | $row[$i] | if $i == 0 then left($widths[$i]) else right($widths[$i]) end] | join("  "))
    | .[];

def targets:
    [["target", "measured", "wanted", ""]]
    + [.targets[] | [.what, (.value | fixed(2)),
        (if .least != null then "≥ \(.least | fixed(2))" else "≤ \(.most | fixed(2))" end),
        (if .met == null then "not measured" elif .met then "met" else "MISSED" end)]]
    | aligned;
