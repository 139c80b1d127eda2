"""Shell scripts that run on the servers when a release is shipped; `{…}` is filled in by ship.py."""

ROOT = "/srv/colonnade"
# Releases kept on each server; the live one is never removed.
KEPT = 5

UNPACK = """set -e
cd {root}/releases
if [ -e {release}/release.env ]; then cat >/dev/null; exit 0; fi
rm -rf {release}.part; mkdir {release}.part
tar -xzf - -C {release}.part
{after}
echo COLONNADE_RELEASE={release} >{release}.part/release.env
rm -rf {release}; mv {release}.part {release}"""
# The workers may not write there, so Python's compiled files are made once, here.
COMPILE = "/usr/bin/python3 -m compileall -q -j 0 {release}.part >/dev/null 2>&1 || true"
SWITCH = """set -e
cd {root}
ln -sfn releases/{release} current.new; mv -T current.new current
app=$(basename {root}); mkdir -p /var/lib/colonnade/metrics; cd /var/lib/colonnade/metrics
echo "colonnade_release_info{{app=\\"$app\\",release=\\"{release}\\"}} 1" >.release-$app
mv .release-$app release-$app.prom; cd {root}
ls -1t releases | grep -v '\\.part$' | grep -vx {release} | tail -n +{kept} |
    while read -r old; do rm -rf releases/$old; done"""
MIGRATE = (
    "systemd-run --quiet --pipe --wait --collect -p User=app-{app} -p Group=app-{app} "
    "-p WorkingDirectory={path}/app -p EnvironmentFile=/etc/colonnade/apps/{app}.env "
    "-p EnvironmentFile={path}/release.env -E PYTHONPATH={path}/app:{path}/site "
    "-E PATH={path}/site/bin:/usr/local/bin:/usr/bin:/bin "
    "-p RuntimeDirectory=colonnade-{app}-migrate -E HOME=/run/colonnade-{app}-migrate /bin/sh -c {command}"
)
LIVE = """[ "$(readlink {root}/current)" = releases/{release} ] || exit 1
"""
RESTART = """for unit in {units}; do systemctl reset-failed $unit 2>/dev/null; systemctl restart $unit || exit 1; done
"""
# A health check every tenth of a second for half a minute, longer than any worker should need to start.
ATTEMPTS = 300
HEALTHY = """for url in {urls}; do
    for attempt in $(seq {attempts}); do
        curl -skf -m 2 -H 'Host: {host}' -o /dev/null $url && continue 2
        sleep 0.1
    done
    echo "no healthy answer from $url"; journalctl -u 'colonnade-{app}@*' -n 20 --no-pager -o cat; exit 1
done"""
