# What chimney has to reach. A value is null if a contender did not take part.

def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;
def load($name): .load[] | select(.name == $name);
def rate($name): [load($name).requests_per_s.median][0];
def largest($name): [load($name).private_kb.max][0] | if . == null then null else . / 1024 end;
def cgi($name): [.cgi[] | select(.name == $name) | .answered_ms.median][0];

def target($what; $value; $least; $most): {
    what: $what, value: $value, least: $least, most: $most,
    met: (if $value == null then null
          else ($least == null or $value >= $least) and ($most == null or $value <= $most) end)};

.targets = [
    target("throughput, of the C responder’s"; ratio(rate("chimney"); rate("c")); 0.70; null),
    target("throughput, of php-fpm’s"; ratio(rate("chimney"); rate("php")); 2; null),
    target("private memory of the largest worker, MB"; largest("chimney"); null; 1),
    target("time as a CGI program, of php-cgi’s for a word"; ratio(cgi("chimney"); cgi("php-word")); null; 0.5)
]
